import { effect, it, live, scoped, scopedLive } from "@effect/vitest"

// `layer` writes the testers of its layer onto the `it` that all files of a process share
Object.assign(it, { effect, live, scoped, scopedLive })
