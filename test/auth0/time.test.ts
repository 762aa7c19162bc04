import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { advance } from "../support/clock.js"
import { tooMany as tooManyOnTheWire } from "./support/auth0Server.js"
import type { ScriptedApi, Step } from "./support/scriptedApi.js"
import { broken, hang, ok, respond, scripted, slow, tooMany } from "./support/scriptedApi.js"
import { begin, connection } from "./support/tenant.js"

/** Half a second after a whole second: Auth0's instants are whole ones. */
const start = 1_800_000_000_500

const seconds = (at: number): string => String(Math.floor(at / 1000))

const newUser = { connection, email: "jane@example.com" }

/** Begins an operation, lets time pass, and tells how it stands and when its requests were, from the beginning. */
const run = (
  steps: readonly [Step, ...ReadonlyArray<Step>],
  operation: "get" | "create" | "update" | "delete" | "findByEmail" = "get",
  options?: Parameters<typeof scripted>[1]
) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(start)
    const api: ScriptedApi = yield* scripted(steps, options)
    const { users } = api
    const effect = {
      get: users.get("auth0|1"),
      create: users.create(newUser),
      update: users.update("auth0|1", { name: "Jane" }),
      delete: users.delete("auth0|1"),
      findByEmail: users.findByEmail("jane@example.com")
    }[operation]
    let endedAt: number | undefined
    const noteEnd = Effect.map(Clock.currentTimeMillis, (now) => void (endedAt = now - start))
    const fiber = yield* Effect.fork(
      Effect.ensuring(Effect.exit(Effect.either<unknown, unknown, never>(effect)), noteEnd)
    )
    yield* advance("20 seconds", "100 millis")
    return {
      at: api.at.map((at) => at - start),
      endedAt,
      outcome: yield* Effect.flatten(Fiber.join(fiber))
    }
  })

const left = (error: object) => ({ _tag: "Left", left: error })

describe("too many requests", () => {
  it.scoped("the limit's reset is waited for", () =>
    Effect.gen(function* () {
      const { at, outcome } = yield* run([tooMany({ "x-ratelimit-reset": seconds(start + 4000) }), ok])
      expect(outcome._tag).toBe("Right")
      expect(at).toHaveLength(2)
      // the whole second, and up to 250 ms so that not all come at once
      expect(at[1]).toBeGreaterThanOrEqual(3500)
      expect(at[1]).toBeLessThanOrEqual(3800)
    })
  )

  it.scoped("Retry-After is waited for, and the later of both", () =>
    Effect.gen(function* () {
      const reset = seconds(start + 2000)
      const { at } = yield* run([tooMany({ "retry-after": "5", "x-ratelimit-reset": reset }), ok])
      expect(at[1]).toBeGreaterThanOrEqual(5000)
      expect(at[1]).toBeLessThanOrEqual(5300)
    })
  )

  it.scoped("the reset is an instant of the server's clock", () =>
    Effect.gen(function* () {
      const date = new Date(start + 3_600_000).toUTCString()
      const reset = seconds(start + 3_600_000 + 4000)
      const { at } = yield* run([tooMany({ date, "x-ratelimit-reset": reset }), ok])
      expect(at[1]).toBeGreaterThanOrEqual(4000)
      expect(at[1]).toBeLessThanOrEqual(4300)
    })
  )

  it.scoped.each([undefined, "soon", "", seconds(start - 5000), "1e999", "99999999999999999999"])(
    "a reset of %j is one in a second, or never",
    (reset) =>
      Effect.gen(function* () {
        const { at, outcome } = yield* run([
          tooMany(reset === undefined ? {} : { "x-ratelimit-reset": reset }),
          ok
        ])
        expect(outcome._tag).toBe("Right")
        expect(at[1]).toBeGreaterThanOrEqual(1000)
        expect(at[1]).toBeLessThanOrEqual(1300)
      })
  )

  it.scoped("one beyond the deadline is not waited for at all", () =>
    Effect.gen(function* () {
      const { at, endedAt, outcome } = yield* run([tooMany({ "retry-after": "60" }), ok])
      expect(outcome).toMatchObject(
        left({ _tag: "RateLimited", isRetryable: true, retryAt: DateTime.unsafeMake(start + 60_000) })
      )
      expect(at).toEqual([0])
      expect(endedAt).toBe(0)
    })
  )

  it.scoped("waiting has an end", () =>
    Effect.gen(function* () {
      const { at, outcome } = yield* run([tooMany({ "retry-after": "1" })])
      expect(outcome).toMatchObject(left({ _tag: "RateLimited", operation: "get" }))
      expect(at).toHaveLength(4)
      expect((yield* run([tooMany({ "retry-after": "1" })], "get", { rateLimitWaits: 0 })).at).toEqual([0])
    })
  )

  it.scoped("a create waits, too: nothing was done", () =>
    Effect.gen(function* () {
      const { at, outcome } = yield* run(
        [tooMany({ "retry-after": "1" }), respond(201, { user_id: "auth0|1" })],
        "create"
      )
      expect(outcome._tag).toBe("Right")
      expect(at).toHaveLength(2)
    })
  )

  it.scopedLive("and on the wire", () =>
    Effect.gen(function* () {
      const { server, users } = yield* begin()
      server.next(tooManyOnTheWire(0))
      yield* users.create(newUser)
      expect(server.requests().map(({ method }) => method)).toEqual(["POST", "POST"])
      const { server: full, users: others } = yield* begin({ rateLimitWaits: 0 })
      full.next(tooManyOnTheWire(4_102_444_800))
      expect(yield* Effect.flip(others.create(newUser))).toMatchObject({
        _tag: "RateLimited",
        retryAt: expect.anything() as unknown
      })
    }).pipe(Effect.provide(FetchHttpClient.layer))
  )
})

describe("a server in trouble", () => {
  it.scoped.each(["get", "findByEmail", "update", "delete"] as const)(
    "%s is tried three times",
    (operation) =>
      Effect.gen(function* () {
        const { at, outcome } = yield* run([respond(500, "")], operation)
        expect(outcome).toMatchObject(
          left({ _tag: "Unavailable", operation, reason: "ServerError", status: 500, isRetryable: true })
        )
        expect(at).toHaveLength(3)
        const answer = operation === "findByEmail" ? respond(200, []) : ok
        expect((yield* run([respond(502, ""), broken("ECONNRESET"), answer], operation)).outcome._tag).toBe(
          "Right"
        )
      })
  )

  it.scoped.each([
    [respond(500, ""), { reason: "ServerError", status: 500, isRetryable: false }],
    [respond(503, ""), { reason: "ServerError", status: 503, isRetryable: true }],
    [broken("ECONNRESET"), { reason: "NoAnswer", isRetryable: false }]
  ] as const)("a create is not sent twice: %#", ([step, expected]) =>
    Effect.gen(function* () {
      const { at, outcome } = yield* run([step], "create")
      expect(outcome).toMatchObject(left({ _tag: "Unavailable", operation: "create", ...expected }))
      expect(at).toEqual([0])
    })
  )

  it.scoped("a create that never left is", () =>
    Effect.gen(function* () {
      const { at, outcome } = yield* run(
        [broken("ECONNREFUSED"), respond(201, { user_id: "auth0|1" })],
        "create"
      )
      expect(outcome._tag).toBe("Right")
      expect(at).toHaveLength(2)
    })
  )

  it.scoped("a server that says when is not asked before", () =>
    Effect.gen(function* () {
      const { at, outcome } = yield* run([respond(503, "", { "retry-after": "2" })])
      expect(outcome).toMatchObject(
        left({ _tag: "Unavailable", status: 503, retryAt: DateTime.unsafeMake(start + 2000) })
      )
      expect(at).toEqual([0])
    })
  )
})

describe("the deadline", () => {
  it.scoped("15 seconds for everything together", () =>
    Effect.gen(function* () {
      const { endedAt, outcome } = yield* run([slow("6 seconds", tooMany({ "retry-after": "4" })), hang])
      expect(outcome).toMatchObject(left({ _tag: "Unavailable", reason: "Timeout", isRetryable: true }))
      expect(endedAt).toBe(15_000)
    })
  )

  it.scoped("or what was set", () =>
    Effect.gen(function* () {
      const { endedAt, outcome } = yield* run([hang], "create", { deadline: "2 seconds" })
      expect(outcome).toMatchObject(left({ _tag: "Unavailable", reason: "Timeout", isRetryable: false }))
      expect(endedAt).toBe(2000)
    })
  )

  it.scoped("covers a client that does not let go", () =>
    Effect.gen(function* () {
      const { endedAt } = yield* run([() => Effect.uninterruptible(Effect.never)])
      expect(endedAt).toBe(15_000)
    })
  )
})

it.scoped("who is interrupted leaves at once", () =>
  Effect.gen(function* () {
    const { users } = yield* scripted([hang])
    const fiber = yield* Effect.fork(users.get("auth0|1"))
    yield* advance("1 second")
    expect(Exit.isInterrupted(yield* Fiber.interrupt(fiber))).toBe(true)
  })
)
