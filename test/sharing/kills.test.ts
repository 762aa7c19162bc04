import { describe, expect, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Campaign from "./support/campaign.js"
import { chance } from "./support/chance.js"
import { emptyPlaces } from "./support/emptyPlaces.js"
import { Ground } from "./support/login.js"

/** `npm run soak` does the same for as long as one likes. */
const enough = { kills: 10, lost: 2 }

const promises = {
  strict: "say so where they lose the grant",
  grace: "never lose the grant"
} as const

describe.concurrent("S27 processes that are killed at random and replaced", () => {
  layer(Ground.layer, { excludeTestServices: true })((it) => {
    for (const [kind, empty] of Object.entries(emptyPlaces)) {
      for (const server of ["strict", "grace"] as const) {
        const seed = Date.now()
        it.scoped(
          `${promises[server]}, on ${kind} at a ${server} server`,
          () =>
            Effect.gen(function* () {
              const figures = yield* Campaign.run({
                place: yield* empty,
                server,
                processes: 3,
                fibers: 20,
                stops: 0,
                random: chance(seed),
                goOn: ({ kills, lost }) => kills < enough.kills && lost < enough.lost
              })
              expect(figures.violations, `seed ${seed}`).toStrictEqual([])
              expect(figures.kills).toBeGreaterThan(0)
              expect(figures.tokens).toBeGreaterThan(0)
              if (server === "grace")
                expect(figures).toMatchObject({ kills: enough.kills, logins: 1, lost: 0 })
            }),
          120_000
        )
      }
    }
  })
})
