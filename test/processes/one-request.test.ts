import { describe, layer } from "@effect/vitest"
import { Fixture } from "../sharing/support/grant.js"
import type { Load } from "../sharing/support/load.js"
import { oneRequestEachTime } from "../sharing/support/load.js"
import { atMost, sized } from "./support/size.js"

const many = { processes: atMost(8), fibers: 100 }

const loads: ReadonlyArray<Load> = [
  { ...many, kind: "PostgreSQL", times: sized(50) },
  { ...many, kind: "SQLite", times: sized(25) },
  { ...many, kind: "files", times: sized(25) },
  { ...many, kind: "SQLite", times: sized(10), isMachine: true }
]

describe(`${many.processes} processes of a hundred fibers each`, () => {
  layer(Fixture.layer, { excludeTestServices: true })((it) => {
    for (const load of loads) {
      const token = load.isMachine === true ? "a machine's token" : "one rotating grant"
      it.scoped(`S27 make one request each time ${token} on ${load.kind} is due, and fail no get`, () =>
        oneRequestEachTime(load)
      )
    }
  })
})
