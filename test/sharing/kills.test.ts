import { describe, expect, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { emptyLocations } from "../store/support/emptyLocations.js"
import * as Campaign from "./support/campaign.js"
import { chance } from "./support/chance.js"
import { Fixture } from "./support/grant.js"

const kills = 3

const promises = {
  strict: "say so where they lose the grant",
  grace: "never lose the grant"
} as const

// `npm run test:processes` kills more of them, on every store
describe("S27 processes that are killed at random and replaced", () => {
  layer(Fixture.layer, { excludeTestServices: true })((it) => {
    for (const server of ["strict", "grace"] as const) {
      const seed = Date.now()
      it.scoped(`${promises[server]}, on SQLite at a ${server} server`, () =>
        Effect.gen(function* () {
          const figures = yield* Campaign.run({
            location: yield* emptyLocations.SQLite,
            server,
            processes: 2,
            fibers: 10,
            stops: 0,
            random: chance(seed),
            goOn: (figures) => figures.kills < kills && figures.lost < 1
          })
          expect(figures.breaches, `seed ${seed}`).toStrictEqual([])
          expect(figures.kills).toBeGreaterThan(0)
          expect(figures.tokens).toBeGreaterThan(0)
        })
      )
    }
  })
})
