import { describe, expect, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { emptyLocations } from "../store/support/emptyLocations.js"
import * as Campaign from "../sharing/support/campaign.js"
import { chance } from "../sharing/support/chance.js"
import { Fixture } from "../sharing/support/grant.js"
import { atMost, sized } from "./support/size.js"

const enough = { kills: sized(30), lost: sized(5) }

const promises = {
  strict: "say so where they lose the grant",
  grace: "never lose the grant"
} as const

describe("S27 processes that are killed or stopped at random, and replaced", () => {
  layer(Fixture.layer, { excludeTestServices: true })((it) => {
    for (const [kind, empty] of Object.entries(emptyLocations)) {
      for (const server of ["strict", "grace"] as const) {
        const seed = Date.now()
        it.scoped(`${promises[server]}, on ${kind} at a ${server} server`, () =>
          Effect.gen(function* () {
            const figures = yield* Campaign.run({
              location: yield* empty,
              server,
              processes: atMost(4),
              fibers: 20,
              stops: 0.2,
              random: chance(seed),
              goOn: ({ kills, lost }) => kills < enough.kills && lost < enough.lost
            })
            expect(figures.breaches, `seed ${seed}`).toStrictEqual([])
            expect(figures.kills).toBeGreaterThan(0)
            expect(figures.tokens).toBeGreaterThan(0)
          })
        )
      }
    }
  })
})
