import { describe, layer } from "@effect/vitest"
import { Fixture } from "./support/grant.js"
import type { Load } from "./support/load.js"
import { oneRequestEachTime } from "./support/load.js"

const small = { processes: 2, fibers: 10, times: 3 }

const loads: ReadonlyArray<Load> = [
  { ...small, kind: "PostgreSQL" },
  { ...small, kind: "SQLite" },
  { ...small, kind: "files" },
  { ...small, kind: "SQLite", isMachine: true }
]

// `npm run test:processes` has eight processes of a hundred fibers each
describe("two processes of ten fibers each", () => {
  layer(Fixture.layer, { excludeTestServices: true })((it) => {
    for (const load of loads) {
      const token = load.isMachine === true ? "a machine's token" : "one rotating grant"
      it.scoped(`S27 make one request each time ${token} on ${load.kind} is due, and fail no get`, () =>
        oneRequestEachTime(load)
      )
    }
  })
})
