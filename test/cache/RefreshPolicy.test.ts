import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Policy from "../../src/cache/RefreshPolicy.js"

const now = FastCheck.integer({ min: 0, max: 4_102_444_800_000 })
const millis = FastCheck.oneof(
  FastCheck.integer({ min: 1, max: 100_000 }),
  FastCheck.integer({ min: 1, max: 2 ** 40 })
)
const fraction = FastCheck.double({ min: 0, max: 1, noNaN: true })
const chance = fraction
const times = FastCheck.integer({ min: 1, max: 5_000 })

const policies: FastCheck.Arbitrary<Policy.RefreshPolicy> = FastCheck.record({
  margin: FastCheck.nat(),
  marginFraction: fraction,
  marginJitter: fraction,
  defaultLifetime: millis,
  deadline: millis,
  attempts: FastCheck.integer({ min: 1, max: 10 }),
  retryDelay: FastCheck.nat(),
  retryAfterWait: FastCheck.nat(),
  retryAfterMax: FastCheck.nat(),
  window: millis,
  windowMax: millis,
  rejectedWindow: millis,
  rejectedWindowMax: millis,
  refusalGuard: FastCheck.nat()
})

/** How far two instants may lie apart by the rounding of floating point. */
const rounding = 0.01

const names = Object.keys(Policy.defaults) as ReadonlyArray<keyof Policy.RefreshPolicy>

const check = <T>(property: FastCheck.IProperty<T>) => FastCheck.assert(property, { numRuns: 1000 })

describe("options", () => {
  it("the default options are those of the laws", () => {
    expect(Policy.make()).toEqual(Either.right(Policy.defaults))
    expect(Policy.make({})).toEqual(Either.right(Policy.defaults))
    expect(Policy.defaults).toEqual({
      margin: 300_000,
      marginFraction: 0.2,
      marginJitter: 0.1,
      defaultLifetime: 3_600_000,
      deadline: 10_000,
      attempts: 3,
      retryDelay: 250,
      retryAfterWait: 5_000,
      retryAfterMax: 600_000,
      window: 1_000,
      windowMax: 30_000,
      rejectedWindow: 60_000,
      rejectedWindowMax: 600_000,
      refusalGuard: 30_000
    })
  })

  it("each valid option is taken, in milliseconds", () => {
    check(
      FastCheck.property(policies, FastCheck.array(FastCheck.constantFrom(...names)), (policy, chosen) => {
        const options = Object.fromEntries(chosen.map((name) => [name, policy[name]]))
        expect(Policy.make(options)).toEqual(Either.right({ ...Policy.defaults, ...options }))
      })
    )
  })

  it("an option may be a duration in any form", () => {
    const made = Policy.make({ margin: "2 minutes", deadline: Duration.seconds(3), window: 4, windowMax: 5n })
    expect(made).toEqual(
      Either.right({ ...Policy.defaults, margin: 120_000, deadline: 3_000, window: 4, windowMax: 0.000_005 })
    )
  })

  it("make reports all invalid options and no others", () => {
    check(
      FastCheck.property(policies, FastCheck.subarray([...names]), (policy, broken) => {
        const made = Policy.make({ ...policy, ...Object.fromEntries(broken.map((name) => [name, NaN])) })
        const named = Either.match(made, {
          onLeft: (issues) => issues.map(({ path }) => path),
          onRight: () => []
        })
        expect([...named].sort()).toEqual(broken.map((name) => `policy.${name}`).sort())
      })
    )
  })
})

describe("expiresAt", () => {
  it("expiresAt adds the lifetime to the request time, or the default lifetime if there is none", () => {
    check(
      FastCheck.property(policies, now, FastCheck.option(millis), (policy, askedAt, lifetime) => {
        const expiresIn = lifetime === null ? undefined : Duration.millis(lifetime)
        expect(Policy.expiresAt(policy, askedAt, expiresIn)).toBe(
          askedAt + (lifetime ?? policy.defaultLifetime)
        )
      })
    )
    expect(Policy.expiresAt(Policy.defaults, 1000, Duration.zero)).toBe(3_601_000)
  })

  it("expiresAt never exceeds the last date", () => {
    expect(Policy.expiresAt(Policy.defaults, 1000, Duration.infinity)).toBe(Policy.lastInstant)
    expect(Policy.expiresAt(Policy.defaults, 1000, Duration.millis(1e18))).toBe(Policy.lastInstant)
    expect(new Date(Policy.lastInstant).getTime()).toBe(Policy.lastInstant)
  })
})

describe("refreshAt", () => {
  const refreshAt = (
    policy: Policy.RefreshPolicy,
    askedAt: number,
    lifetime: number,
    random: number,
    wish?: number
  ) =>
    Policy.refreshAt(
      policy,
      {
        askedAt,
        expiresAt: askedAt + lifetime,
        refreshIn: wish === undefined ? undefined : Duration.millis(wish)
      },
      random
    )

  it("refreshAt lies between the full margin and the margin less its jitter, and within the lifetime", () => {
    check(
      FastCheck.property(policies, now, millis, chance, (policy, askedAt, lifetime, random) => {
        const due = refreshAt(policy, askedAt, lifetime, random)
        const margin = Math.min(policy.margin, lifetime * policy.marginFraction)
        const expiresAt = askedAt + lifetime
        expect(due).toBeGreaterThanOrEqual(expiresAt - margin - rounding)
        expect(due).toBeLessThanOrEqual(expiresAt - margin * (1 - policy.marginJitter) + rounding)
        expect(due).toBeGreaterThanOrEqual(askedAt - rounding)
        expect(due).toBeLessThanOrEqual(expiresAt)
      })
    )
  })

  it("refreshAt grows with the random number", () => {
    check(
      FastCheck.property(policies, now, millis, chance, chance, (policy, askedAt, lifetime, one, other) => {
        const [less, more] = one < other ? [one, other] : [other, one]
        expect(refreshAt(policy, askedAt, lifetime, less)).toBeLessThanOrEqual(
          refreshAt(policy, askedAt, lifetime, more) + rounding
        )
      })
    )
  })

  it("refreshAt follows refresh_in within the lifetime and ignores it elsewhere", () => {
    check(
      FastCheck.property(policies, now, millis, chance, millis, (policy, askedAt, lifetime, random, wish) => {
        expect(refreshAt(policy, askedAt, lifetime, random, wish)).toBe(
          wish < lifetime ? askedAt + wish : refreshAt(policy, askedAt, lifetime, random)
        )
      })
    )
  })

  it("refreshAt of a one-minute token is after 48.0 to 49.2 s; of a one-hour token, 4.5 to 5 min before expiry", () => {
    check(
      FastCheck.property(now, chance, (askedAt, random) => {
        const minute = refreshAt(Policy.defaults, askedAt, 60_000, random) - askedAt
        expect(minute).toBeGreaterThanOrEqual(48_000 - rounding)
        expect(minute).toBeLessThanOrEqual(49_200 + rounding)
        const hour = refreshAt(Policy.defaults, askedAt, 3_600_000, random) - askedAt
        expect(hour).toBeGreaterThanOrEqual(3_300_000 - rounding)
        expect(hour).toBeLessThanOrEqual(3_330_000 + rounding)
      })
    )
  })

  it("a token that does not expire is never due, unless the server sets refresh_in", () => {
    const token = { askedAt: 1000, expiresAt: Policy.lastInstant, refreshIn: undefined }
    expect(Policy.refreshAt(Policy.defaults, token, 0)).toBe(Policy.lastInstant)
    expect(Policy.refreshAt(Policy.defaults, { ...token, refreshIn: Duration.minutes(1) }, 0)).toBe(61_000)
  })
})

describe("windows", () => {
  it("windows double from the first to the longest", () => {
    const ends = (end: typeof Policy.rejectedWindowEnd) =>
      Array.from({ length: 7 }, (_, i) => end(Policy.defaults, 0, i + 1) / 1000)
    expect(ends((policy, now, failures) => Policy.windowEnd(policy, now, failures, undefined))).toEqual([
      1, 2, 4, 8, 16, 30, 30
    ])
    expect(ends(Policy.rejectedWindowEnd)).toEqual([60, 120, 240, 480, 600, 600, 600])
  })

  it("windows never shrink from one failure to the next, and are never empty or too long", () => {
    check(
      FastCheck.property(policies, now, times, (policy, now, failures) => {
        for (const [end, most] of [
          [(n: number) => Policy.windowEnd(policy, now, n, undefined), policy.windowMax],
          [(n: number) => Policy.rejectedWindowEnd(policy, now, n), policy.rejectedWindowMax]
        ] as const) {
          expect(end(failures)).toBeGreaterThan(now)
          expect(end(failures)).toBeLessThanOrEqual(now + most)
          expect(end(failures + 1)).toBeGreaterThanOrEqual(end(failures))
          expect(Number.isFinite(end(failures))).toBe(true)
        }
      })
    )
  })

  it("windows follow Retry-After up to its maximum", () => {
    check(
      FastCheck.property(policies, now, times, millis, (policy, now, failures, wish) => {
        expect(Policy.windowEnd(policy, now, failures, wish)).toBe(now + Math.min(wish, policy.retryAfterMax))
      })
    )
  })

  it("windows never end beyond the last date", () => {
    const policy = { ...Policy.defaults, windowMax: 1e300, rejectedWindowMax: 1e300, retryAfterMax: 1e300 }
    expect(Policy.windowEnd(policy, 1000, 5000, undefined)).toBe(Policy.lastInstant)
    expect(Policy.windowEnd(policy, 1000, 1, 1e300)).toBe(Policy.lastInstant)
    expect(Policy.rejectedWindowEnd(policy, 1000, 5000)).toBe(Policy.lastInstant)
  })
})
