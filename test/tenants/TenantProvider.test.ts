import { describe, expect, it } from "@effect/vitest"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import type { AccessToken } from "effect-oauth"
import {
  BearerClient,
  Grant,
  TenantProvider,
  TokenError,
  TokenEvent,
  TokenFunction,
  TokenKey
} from "effect-oauth"
import * as ProtectedClient from "../support/protectedClient.js"
import { cases, seed } from "../support/cases.js"
import { advance, settle } from "../support/clock.js"

interface Asked {
  readonly tenant: string
  readonly scopes: string
  readonly at: number
}

interface Server {
  readonly requests: Array<Asked>
  readonly events: Array<TokenEvent.TokenEvent>
  /** The tenants whose credential is refused. */
  readonly refused: Set<string>
  takes: Duration.DurationInput
  lifetime: Duration.DurationInput
  refreshToken: boolean
}

const begin = (options: Partial<TenantProvider.Options<never>> = {}) =>
  Effect.gen(function* () {
    const server: Server = {
      requests: [],
      events: [],
      refused: new Set(),
      takes: "1 second",
      lifetime: "1 hour",
      refreshToken: false
    }
    const grant = (key: TokenKey.TokenKey, name: string): Grant.Grant =>
      Grant.make({
        name: "test",
        request: () =>
          Effect.gen(function* () {
            const tenant = key.tenant ?? "nobody"
            const at = yield* Clock.currentTimeMillis
            const number = server.requests.push({ tenant, scopes: key.scopes.join(" "), at })
            yield* Effect.sleep(server.takes)
            if (server.refused.has(tenant)) {
              return yield* new TokenError.CredentialRejected({ provider: name, reason: "InvalidClient" })
            }
            return {
              value: Redacted.make(`${tenant}/${key.scopes.join("+")}/${number}`),
              expiresIn: Duration.decode(server.lifetime),
              refreshToken: server.refreshToken ? Redacted.make(`refresh-${tenant}`) : undefined
            }
          })
      })
    const tenants = yield* TenantProvider.make("test/Tenants", {
      grant: (key, name) => Effect.succeed(grant(key, name)),
      ...options
    }).pipe(
      Effect.provideService(TokenEvent.TokenEventSink, { emit: (event) => void server.events.push(event) })
    )
    return { tenants, server }
  })

const valueOf = (token: AccessToken.AccessToken) => Redacted.value(token.value)

/** Runs what takes a request or two. */
const done = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    yield* advance("5 seconds", "500 millis")
    return yield* Fiber.join(fiber)
  })

const evictions = ({ events }: Server) =>
  events.flatMap((event) => (event._tag === "Evicted" ? [`${event.tenant ?? ""}: ${event.reason}`] : []))

describe("L14 S47 bounded", () => {
  it.scoped("each key has a token of its own, and asks once for it", () =>
    Effect.gen(function* () {
      const { server, tenants } = yield* begin()
      const keys: ReadonlyArray<TokenKey.Fields> = [
        { tenant: "a", scopes: "read" },
        { tenant: "a", scopes: "read write" },
        { tenant: "b", scopes: "read" }
      ]
      const values = yield* done(
        Effect.forEach([...keys, ...keys, { tenant: "a", scopes: ["write", "read"] }], tenants.get, {
          concurrency: "unbounded"
        })
      )
      expect(values.map((token) => valueOf(token).replace(/\/\d+$/, ""))).toEqual([
        "a/read",
        "a/read+write",
        "b/read",
        "a/read",
        "a/read+write",
        "b/read",
        "a/read+write"
      ])
      expect(server.requests).toHaveLength(3)
      expect(yield* tenants.size).toBe(3)
    })
  )

  it.effect("two tenants never see each other's token, under any schedule", () =>
    Effect.promise(() =>
      FastCheck.assert(
        FastCheck.asyncProperty(
          FastCheck.array(
            FastCheck.record({
              act: FastCheck.constantFrom(
                ...([
                  "get",
                  "get",
                  "get",
                  "refresh",
                  "invalidate",
                  "clear",
                  "clearAll",
                  "forget",
                  "pass"
                ] as const)
              ),
              tenant: FastCheck.constantFrom("a", "b", "c", "d"),
              scopes: FastCheck.constantFrom("x", "y"),
              seconds: FastCheck.constantFrom(0, 1, 50, 70),
              interrupts: FastCheck.boolean()
            }),
            { minLength: 5, maxLength: 25 }
          ),
          FastCheck.integer({ min: 1, max: 5 }),
          (commands, capacity) => Effect.runPromise(neverMixed(commands, capacity))
        ),
        { numRuns: cases(30), seed }
      )
    )
  )

  it.scoped("the token that was not asked for the longest time is forgotten first", () =>
    Effect.gen(function* () {
      const { server, tenants } = yield* begin({ capacity: 3 })
      for (const tenant of ["a", "b", "c", "a", "d"]) yield* done(tenants.get({ tenant }))
      expect(evictions(server)).toEqual(["b: Capacity"])
      for (const tenant of ["a", "c", "d"]) yield* done(tenants.get({ tenant }))
      expect(server.requests.map(({ tenant }) => tenant)).toEqual(["a", "b", "c", "d"])
      yield* done(tenants.get({ tenant: "b" }))
      expect(server.requests.map(({ tenant }) => tenant)).toEqual(["a", "b", "c", "d", "b"])
      expect(evictions(server)).toEqual(["b: Capacity", "a: Capacity"])
      expect(yield* tenants.size).toBe(3)
    })
  )

  it.scoped("a flight under way is not forgotten, however many keys come; later it is", () =>
    Effect.gen(function* () {
      const { server, tenants } = yield* begin({ capacity: 2 })
      const names = Array.from({ length: 10 }, (_, n) => `t${n}`)
      const all = yield* Effect.fork(
        Effect.forEach([...names, ...names], (tenant) => tenants.get({ tenant }), {
          concurrency: "unbounded"
        })
      )
      yield* settle
      expect(yield* tenants.size).toBe(10)
      yield* advance("2 seconds", "500 millis")
      yield* Fiber.join(all)
      expect(server.requests).toHaveLength(10)
      yield* done(tenants.get({ tenant: "one more" }))
      expect(yield* tenants.size).toBe(2)
      expect(evictions(server)).toHaveLength(9)
    })
  )

  it.scoped("a refresh token that is in memory alone is not forgotten", () =>
    Effect.gen(function* () {
      const { server, tenants } = yield* begin({ capacity: 1, idleTime: "10 minutes" })
      server.refreshToken = true
      yield* done(tenants.get({ tenant: "a" }))
      server.refreshToken = false
      yield* done(tenants.get({ tenant: "b" }))
      yield* advance("1 hour", "10 minutes")
      expect(evictions(server)).toEqual(["b: Capacity"])
      expect(yield* tenants.size).toBe(1)
    })
  )

  it.scoped("what was presented without an answer is not forgotten (L9)", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const { tenants } = yield* begin({
        capacity: 1,
        grant: (key) =>
          Effect.succeed(
            Grant.make({
              name: "test",
              replay: "once",
              request: (previous) => {
                const knows = Option.exists(previous, ({ presentedAt }) => Option.isSome(presentedAt))
                seen.push(`${key.tenant ?? ""} ${knows ? "knows" : "blind"}`)
                return key.tenant === "a" && !knows
                  ? Effect.never
                  : Effect.succeed({ value: Redacted.make("token") })
              }
            })
          )
      })
      const lost = yield* Effect.fork(Effect.flip(tenants.get({ tenant: "a" })))
      yield* advance("15 seconds", "1 second")
      yield* Fiber.join(lost)
      yield* done(tenants.get({ tenant: "b" }))
      yield* done(tenants.get({ tenant: "a" }))
      expect(seen).toEqual(["a blind", "b blind", "a knows"])
    })
  )

  it.scoped("those that were spared go once they can be, the oldest first", () =>
    Effect.gen(function* () {
      const { server, tenants } = yield* begin({ capacity: 3 })
      server.takes = "4 seconds"
      const first = yield* Effect.fork(tenants.get({ tenant: "a" }))
      yield* settle
      server.takes = "1 second"
      for (const tenant of ["b", "c", "d"]) {
        const fiber = yield* Effect.fork(tenants.get({ tenant }))
        yield* advance("1 second", "500 millis")
        yield* Fiber.join(fiber)
      }
      yield* advance("5 seconds", "500 millis")
      yield* Fiber.join(first)
      yield* done(tenants.get({ tenant: "e" }))
      expect(evictions(server)).toEqual(["b: Capacity", "a: Capacity"])
      yield* done(
        Effect.forEach(Array.from({ length: 100 }), (_, n) => tenants.get({ tenant: `t${n}` }), {
          concurrency: "unbounded"
        })
      )
      yield* done(tenants.get({ tenant: "last" }))
      expect(yield* tenants.size).toBe(3)
    })
  )

  it.scoped("what nobody asks for is forgotten after the idle time, and is not refreshed meanwhile", () =>
    Effect.gen(function* () {
      const { server, tenants } = yield* begin({ idleTime: "10 minutes" })
      server.lifetime = "2 minutes"
      yield* done(tenants.get({ tenant: "a" }))
      yield* done(tenants.get({ tenant: "b" }))
      for (let minute = 0; minute < 25; minute++) {
        yield* advance("1 minute", "10 seconds")
        yield* done(tenants.get({ tenant: "b" }))
      }
      expect(evictions(server)).toEqual(["a: Idle"])
      expect(server.requests.filter(({ tenant }) => tenant === "a")).toHaveLength(1)
      yield* advance("30 minutes", "1 minute")
      expect(yield* tenants.size).toBe(0)
      expect(evictions(server)).toEqual(["a: Idle", "b: Idle"])
    })
  )

  it.scoped("a number that makes no sense is told by its name", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(begin({ capacity: 0, idleTime: 0, policy: { attempts: 0 } }))
      expect(error.issues.map(({ path }) => path)).toEqual(["policy.attempts", "capacity", "idleTime"])
    })
  )
})

describe("a tenant's provider", () => {
  it.scoped("L8 rejected: one tenant's rejection holds for that tenant alone, and names it", () =>
    Effect.gen(function* () {
      const { server, tenants } = yield* begin()
      server.refused.add("bad")
      const error = yield* Effect.flip(done(tenants.get({ tenant: "bad" })))
      const again = yield* Effect.flip(tenants.get({ tenant: "bad" }))
      yield* done(tenants.get({ tenant: "good" }))
      expect(again).toBe(error)
      expect(error).toMatchObject({ _tag: "CredentialRejected", provider: "test/Tenants/bad" })
      expect(server.requests.map(({ tenant }) => tenant)).toEqual(["bad", "good"])
      expect(server.events).toMatchObject([
        { _tag: "Rejected", provider: "test/Tenants", tenant: "bad", grant: "test" },
        { _tag: "Acquired", provider: "test/Tenants", tenant: "good", grant: "test" }
      ])
    })
  )

  it.scoped("has all that a provider has", () =>
    Effect.gen(function* () {
      const { server, tenants } = yield* begin({
        origins: ({ tenant }) => [`https://${tenant ?? ""}.example.com`]
      })
      const acme = tenants.provider({ tenant: "acme" })
      expect(acme).toMatchObject({ name: "test/Tenants/acme", origins: ["https://acme.example.com"] })
      expect(yield* acme.status).toMatchObject({ provider: "test/Tenants/acme", state: "Empty" })
      expect(yield* tenants.size).toBe(0)
      const first = yield* done(acme.get)
      expect(yield* acme.headers).toMatchObject({ authorization: `Bearer ${valueOf(first)}` })
      expect(yield* acme.status).toMatchObject({ state: "Fresh" })
      const second = yield* done(acme.refresh)
      expect(valueOf(second)).not.toBe(valueOf(first))
      expect(yield* acme.invalidate(first)).toBe("Superseded")
      expect(yield* acme.invalidate(second)).toBe("Invalidated")
      const third = yield* done(acme.get)
      yield* acme.clear
      const fourth = yield* done(tenants.get({ tenant: "acme" }))
      expect(new Set([first, second, third, fourth].map(valueOf)).size).toBe(4)
      expect((yield* tenants.statusAll).get(TokenKey.make({ tenant: "acme" }).id)).toMatchObject({
        state: "Fresh"
      })
      yield* tenants.clearAll
      expect(yield* acme.status).toMatchObject({ state: "Empty" })
      expect(yield* tenants.forget({ tenant: "acme" })).toBe(true)
      expect(yield* tenants.forget({ tenant: "acme" })).toBe(false)
      expect(evictions(server)).toEqual(["acme: Requested"])
      expect(yield* acme.invalidate(fourth)).toBe("Superseded")
    })
  )

  it.scoped("L3 single flight: who waits for a flight that was forgotten asks again with those to come", () =>
    Effect.gen(function* () {
      const { server, tenants } = yield* begin()
      const acme = tenants.provider({ tenant: "acme" })
      const door = yield* TokenFunction.make(Effect.succeed(acme))
      const early = yield* Effect.fork(Effect.promise(door))
      yield* settle
      expect(yield* tenants.forget({ tenant: "acme" })).toBe(true)
      const late = yield* Effect.fork(Effect.all([tenants.get({ tenant: "acme" }), Effect.promise(door)]))
      yield* advance("5 seconds", "500 millis")
      const [token, fromDoor] = yield* Fiber.join(late)
      expect([valueOf(token), fromDoor, yield* Fiber.join(early)]).toEqual(["acme//2", "acme//2", "acme//2"])
      expect(server.requests).toHaveLength(2)
      expect(server.events.map(({ _tag }) => _tag)).toEqual(["Evicted", "Discarded", "Acquired"])
    })
  )

  it.scoped("tells a tenant's name on one line", () =>
    Effect.gen(function* () {
      const { server, tenants } = yield* begin()
      server.refused.add("x\nlevel=ERROR")
      const error = yield* Effect.flip(done(tenants.get({ tenant: "x\nlevel=ERROR" })))
      expect(error.message).not.toContain("\n")
    })
  )

  it.scoped("L1 hit: through a promise door its token is read at once, and keeps its place", () =>
    Effect.gen(function* () {
      const { server, tenants } = yield* begin({ capacity: 2 })
      const token = yield* TokenFunction.make(Effect.succeed(tenants.provider({ tenant: "a" })))
      const first = yield* done(Effect.promise(token))
      yield* done(tenants.get({ tenant: "b" }))
      expect(yield* Effect.promise(token)).toBe(first)
      yield* done(tenants.get({ tenant: "c" }))
      expect(evictions(server)).toEqual(["b: Capacity"])
      expect(yield* Effect.promise(token)).toBe(first)
    })
  )

  it.scoped("a grant that has to be looked up is looked up for each flight, and within its deadline", () =>
    Effect.gen(function* () {
      let lookups = 0
      const { tenants } = yield* begin({
        grant: () =>
          Effect.flatMap(
            Effect.sync(() => ++lookups),
            (lookup) =>
              lookup === 2
                ? Effect.never
                : Effect.succeed(
                    Grant.make({
                      name: "test",
                      request: () => Effect.succeed({ value: Redacted.make(`looked up ${lookup}`) })
                    })
                  )
          )
      })
      const acme = tenants.provider({ tenant: "acme" })
      expect(valueOf(yield* acme.get)).toBe("looked up 1")
      expect(valueOf(yield* acme.get)).toBe("looked up 1")
      const fiber = yield* Effect.fork(Effect.flip(acme.refresh))
      yield* advance("11 seconds", "1 second")
      expect(yield* Fiber.join(fiber)).toMatchObject({ _tag: "TransientFailure", reason: "Timeout" })
      yield* TestClock.adjust("1 minute")
      expect(valueOf(yield* acme.refresh)).toBe("looked up 3")
    })
  )

  it.scoped("L15 events: a replay of a tenant's request tells the tenant", () =>
    Effect.gen(function* () {
      const { server, tenants } = yield* begin()
      const api = ProtectedClient.make({ accepts: (token) => token !== "acme//1" })
      const http = yield* BearerClient.make(Effect.succeed(tenants.provider({ tenant: "acme" })), {
        origins: ["https://api.example.com"]
      }).pipe(
        Effect.provideService(HttpClient.HttpClient, api.client),
        Effect.provideService(TokenEvent.TokenEventSink, { emit: (event) => void server.events.push(event) })
      )
      expect((yield* done(http.get("https://api.example.com/"))).status).toBe(200)
      expect(server.events.filter(({ _tag }) => _tag === "Replayed")).toMatchObject([
        { provider: "test/Tenants", tenant: "acme" }
      ])
    })
  )

  it.effect("L5 finishing: closing the scope ends the flights of all tenants", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { tenants } = yield* Scope.extend(begin(), scope)
      const waiting = yield* Effect.forEach(["a", "b"], (tenant) => Effect.fork(tenants.get({ tenant })))
      yield* settle
      yield* Scope.close(scope, Exit.void)
      for (const fiber of waiting) expect(Exit.isInterrupted(yield* Fiber.await(fiber))).toBe(true)
      const late = yield* Effect.fork(tenants.get({ tenant: "c" }))
      expect(Exit.isInterrupted(yield* Fiber.await(late))).toBe(true)
    })
  )
})

interface Command {
  readonly act: "get" | "refresh" | "invalidate" | "clear" | "clearAll" | "forget" | "pass"
  readonly tenant: string
  readonly scopes: string
  readonly seconds: number
  readonly interrupts: boolean
}

/** Whatever is done in whatever order, a caller gets a token of the tenant and the scopes that it asked for. */
const neverMixed = (commands: ReadonlyArray<Command>, capacity: number) =>
  Effect.gen(function* () {
    const { server, tenants } = yield* begin({ capacity, idleTime: "100 seconds" })
    server.lifetime = "1 minute"
    const callers: Array<{
      readonly own: string
      readonly fiber: Fiber.Fiber<AccessToken.AccessToken, unknown>
    }> = []
    const last = new Map<string, AccessToken.AccessToken>()
    for (const { act, interrupts, scopes, seconds, tenant } of commands) {
      const own = `${tenant}/${scopes}/`
      const provider = tenants.provider({ tenant, scopes })
      if (act === "get" || act === "refresh") {
        const fiber = yield* Effect.fork(
          Effect.tap(act === "get" ? tenants.get({ tenant, scopes }) : provider.refresh, (token) =>
            Effect.sync(() => last.set(own, token))
          )
        )
        if (interrupts) yield* Effect.fork(Fiber.interrupt(fiber))
        else callers.push({ own, fiber })
      } else if (act === "invalidate") {
        yield* Option.match(Option.fromNullable(last.get(own)), {
          onNone: () => Effect.void,
          onSome: (token) => provider.invalidate(token)
        })
      } else if (act === "clear") yield* provider.clear
      else if (act === "clearAll") yield* tenants.clearAll
      else if (act === "forget") yield* tenants.forget({ tenant, scopes })
      yield* TestClock.adjust(Duration.seconds(seconds))
      yield* settle
    }
    yield* advance("20 seconds", "1 second")
    for (const { fiber, own } of callers) {
      const token = yield* Fiber.join(fiber)
      expect(valueOf(token).startsWith(own)).toBe(true)
    }
    expect(callers.length === 0 || server.requests.length > 0).toBe(true)
  }).pipe(Effect.scoped, Effect.provide(TestContext.TestContext))
