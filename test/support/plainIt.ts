import { effect, flakyTest, it, layer, live, prop, scoped, scopedLive } from "@effect/vitest"

// `layer` writes the testers of its layer onto the `it` that all files of a process share
Object.assign(it, { effect, flakyTest, layer, live, prop, scoped, scopedLive })
