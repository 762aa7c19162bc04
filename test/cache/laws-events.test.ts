import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { inspect } from "node:util"
import type { TokenProvider } from "effect-oauth"
import { TenantProvider, TokenEvent } from "effect-oauth"
import { settle } from "../support/clock.js"
import type { Options } from "../support/providerUnderTest.js"
import {
  begin,
  outcome,
  pass,
  passTo,
  passUntilDone,
  since,
  tags,
  valueOf
} from "../support/providerUnderTest.js"
import {
  die,
  fail,
  issue,
  noToken,
  reauthorization,
  rejection,
  ScriptedGrant,
  transient
} from "../support/scriptedGrant.js"

const second = 1000
const minute = 60 * second

type Of<Tag extends TokenEvent.TokenEvent["_tag"]> = Extract<TokenEvent.TokenEvent, { readonly _tag: Tag }>

const only = <Tag extends TokenEvent.TokenEvent["_tag"]>(
  events: ReadonlyArray<TokenEvent.TokenEvent>,
  tag: Tag
): Of<Tag> => {
  const found = events.filter((event): event is Of<Tag> => event._tag === tag)
  if (found.length !== 1 || found[0] === undefined)
    throw new Error(`expected one ${tag}, found ${found.length}`)
  return found[0]
}

/** The attempts of a flight: how long each took, in milliseconds, and why it failed. */
const spent = (attempts: ReadonlyArray<TokenEvent.Attempt>) =>
  attempts.map(({ error, took }) => [
    Duration.toMillis(took),
    Option.getOrUndefined(Option.map(error, (error) => error.reason))
  ])

/** The event of the flight that one `get` on a cold cache starts. */
const firstEvent = (options: Options) =>
  Effect.gen(function* () {
    const test = yield* begin(options)
    const caller = yield* Effect.fork(Effect.exit(test.provider.get))
    yield* passUntilDone(caller)
    expect(test.events).toHaveLength(1)
    return test.events[0]!
  })

describe("events", () => {
  it.scoped("L15 events: a flight's event counts the callers that joined it", () =>
    Effect.gen(function* () {
      const test = yield* begin({ script: [issue({ takes: "2 seconds" })] })
      const callers = yield* Effect.forEach(Array.from({ length: 5 }), () => Effect.fork(test.provider.get))
      yield* settle
      const late = yield* Effect.fork(test.provider.refresh)
      yield* passUntilDone(late)
      yield* Fiber.joinAll(callers)
      expect(only(test.events, "Acquired").joined).toBe(5)
    })
  )

  it.scoped("L15 events: a flight's event reports a token that had expired on arrival, and a defect", () =>
    Effect.gen(function* () {
      const event = yield* firstEvent({
        script: [issue({ lifetime: "1 second", takes: "2 seconds" }), die("a bug")]
      })
      if (event._tag !== "RefreshFailed") throw new Error(event._tag)
      expect(spent(event.attempts)).toEqual([
        [2000, "ExpiredOnArrival"],
        [0, "Defect"]
      ])
    })
  )

  it.scoped(
    "L15 events: a flight that gets the first token emits one Acquired, which describes the flight",
    () =>
      Effect.gen(function* () {
        const event = yield* firstEvent({
          script: [transient(), issue({ lifetime: "1 minute", takes: "2 seconds" })]
        })
        if (event._tag !== "Acquired") throw new Error(event._tag)
        expect(event).toMatchObject({ provider: "test/Api", cause: "Cold", joined: 0, closedWindow: false })
        expect(spent(event.attempts)).toEqual([
          [0, "ServerError"],
          [2000, undefined]
        ])
        expect(since(event.issuedAt)).toBe(250)
        expect(since(event.at)).toBe(2250)
        expect(Duration.toMillis(event.took)).toBe(2250)
        expect(since(event.expiresAt)).toBe(250 + minute)
      })
  )

  it.scoped("L15 events: a flight that replaces the token in hand emits one Refreshed", () =>
    Effect.gen(function* () {
      const { events, provider } = yield* begin({ script: [issue({ refreshIn: "50 minutes" })] })
      yield* provider.get
      yield* provider.refresh
      yield* passTo(50 * minute)
      yield* provider.get
      yield* settle
      expect(tags(events)).toEqual(["Acquired", "Refreshed", "Refreshed"])
      expect(events.map((event) => "cause" in event && event.cause)).toEqual(["Cold", "Requested", "Due"])
    })
  )

  it.scoped("L15 events: the cause says why there was no token", () =>
    Effect.gen(function* () {
      const { events, provider } = yield* begin({ script: [issue({ lifetime: "1 minute" })] })
      yield* provider.get
      yield* pass("1 minute")
      yield* provider.get
      yield* provider.invalidate(yield* provider.get)
      yield* provider.get
      yield* provider.clear
      yield* provider.refresh
      expect(tags(events)).toEqual(["Acquired", "Acquired", "Invalidated", "Acquired", "Cleared", "Acquired"])
      expect(events.flatMap((event) => ("cause" in event ? [event.cause] : []))).toEqual([
        "Cold",
        "Expired",
        "Invalidated",
        "Cleared"
      ])
    })
  )

  it.scoped("L15 events: a failed flight emits one RefreshFailed with the end of the window", () =>
    Effect.gen(function* () {
      const event = yield* firstEvent({ script: [transient()] })
      if (event._tag !== "RefreshFailed") throw new Error(event._tag)
      expect(event.attempts).toHaveLength(3)
      expect(event.error._tag).toBe("TransientFailure")
      expect(since(event.retryAt)).toBe(1750)
      expect(event.error).toHaveProperty("retryAt", event.retryAt)
    })
  )

  it.scoped("L15 events: a rejection emits one Rejected", () =>
    Effect.gen(function* () {
      for (const error of [rejection, reauthorization]) {
        const event = yield* firstEvent({ script: [fail(error)] })
        if (event._tag !== "Rejected") throw new Error(event._tag)
        expect(event).toMatchObject({ attempts: [expect.anything()], cause: "Cold" })
        expect(event.error._tag).toBe(error._tag)
      }
    })
  )

  it.scoped("L15 events: an invalid token response and a defect in a grant each emit one RefreshFailed", () =>
    Effect.gen(function* () {
      expect((yield* firstEvent({ script: [fail(noToken)] }))._tag).toBe("RefreshFailed")
      const event = yield* firstEvent({ script: [die(new Error("a bug"))] })
      if (event._tag !== "RefreshFailed") throw new Error(event._tag)
      expect(event.error).toHaveProperty("reason", "Defect")
    })
  )

  it.scoped("L15 events: a success after failures says that it closed a window", () =>
    Effect.gen(function* () {
      const { events, provider } = yield* begin({
        script: [fail(noToken), issue(), fail(rejection), issue()]
      })
      yield* Effect.flip(provider.get)
      yield* pass("1 second")
      yield* provider.get
      yield* Effect.flip(provider.refresh)
      yield* provider.refresh
      expect(tags(events)).toEqual(["RefreshFailed", "Acquired", "Rejected", "Refreshed"])
      expect(only(events, "Acquired").closedWindow).toBe(true)
      expect(only(events, "Refreshed").closedWindow).toBe(true)
    })
  )

  it.scoped("L15 events: a discarded token emits one Discarded and no Acquired", () =>
    Effect.gen(function* () {
      const { events, provider } = yield* begin({ script: [issue({ takes: "2 seconds" }), fail(rejection)] })
      const caller = yield* Effect.fork(Effect.exit(provider.get))
      yield* pass("1 second")
      yield* provider.clear
      yield* pass("1 second")
      yield* Fiber.join(caller)
      expect(tags(events)).toEqual(["Cleared", "Discarded", "Rejected"])
      expect(only(events, "Discarded")).toMatchObject({ cause: "Cold", attempts: [expect.anything()] })
    })
  )

  it.scoped("L15 events: an invalidation without effect emits no event, nor do hits, joins and windows", () =>
    Effect.gen(function* () {
      const { events, provider } = yield* begin({ script: [issue({ takes: "1 second" }), fail(rejection)] })
      const callers = yield* Effect.all(Array.from({ length: 100 }, () => Effect.fork(provider.get)))
      yield* pass("1 second")
      const [token] = yield* Fiber.join(Fiber.all(callers))
      expect(tags(events)).toEqual(["Acquired"])
      yield* provider.invalidate(token!)
      yield* provider.invalidate(token!)
      expect(tags(events)).toEqual(["Acquired", "Invalidated"])
      for (let i = 0; i < 100; i++) yield* Effect.flip(provider.get)
      yield* provider.status
      expect(tags(events)).toEqual(["Acquired", "Invalidated", "Rejected"])
    })
  )

  it.scoped("L15 events: each event names the provider, the tenant if there is one, and the instant", () =>
    Effect.gen(function* () {
      const { events, provider } = yield* begin({ script: [issue(), issue(), fail(rejection)] })
      const live = (of: Pick<TokenProvider.TokenProvider, "clear" | "get" | "invalidate">) =>
        Effect.gen(function* () {
          const token = yield* of.get
          yield* pass("1 second")
          yield* of.invalidate(token)
          yield* pass("1 second")
          yield* of.get
          yield* pass("1 second")
          yield* of.clear
          yield* pass("1 second")
          yield* Effect.flip(of.get)
        })
      yield* live(provider)
      expect(events.map(({ _tag, at, provider, tenant }) => [_tag, provider, tenant, since(at)])).toEqual([
        ["Acquired", "test/Api", undefined, 0],
        ["Invalidated", "test/Api", undefined, second],
        ["Acquired", "test/Api", undefined, 2 * second],
        ["Cleared", "test/Api", undefined, 3 * second],
        ["Rejected", "test/Api", undefined, 4 * second]
      ])

      events.length = 0
      const server = new ScriptedGrant("safe", issue(), issue(), fail(rejection))
      const tenants = yield* TenantProvider.make("test/Tenants", {
        grant: () => Effect.succeed(server.grant)
      }).pipe(Effect.provideService(TokenEvent.TokenEventSink, { emit: (event) => void events.push(event) }))
      yield* live(tenants.provider({ tenant: "acme" }))
      expect(events.map(({ _tag, at, provider, tenant }) => [_tag, provider, tenant, since(at)])).toEqual([
        ["Acquired", "test/Tenants", "acme", 4 * second],
        ["Invalidated", "test/Tenants", "acme", 5 * second],
        ["Acquired", "test/Tenants", "acme", 6 * second],
        ["Cleared", "test/Tenants", "acme", 7 * second],
        ["Rejected", "test/Tenants", "acme", 8 * second]
      ])
    })
  )

  it.scoped("L15 events: the passing of time alone emits no event", () =>
    Effect.gen(function* () {
      const { events, provider } = yield* begin({
        script: [issue({ lifetime: "1 minute" }), fail(rejection)]
      })
      yield* provider.get
      const states: Array<string> = []
      for (const instant of [0, 50 * second, minute, 2 * minute]) {
        yield* passTo(instant)
        states.push((yield* provider.status).state)
      }
      expect(states).toEqual(["Fresh", "Due", "Empty", "Empty"])
      expect(tags(events)).toEqual(["Acquired"])
      yield* Effect.flip(provider.get)
      yield* pass("1 hour")
      expect(tags(events)).toEqual(["Acquired", "Rejected"])
    })
  )

  it.scoped("L15 events: a flight that the closing of the scope ends emits no event", () =>
    Effect.gen(function* () {
      const { closeAtOnce, events, provider } = yield* begin({ script: [issue({ takes: "1 second" })] })
      const caller = yield* Effect.fork(provider.get)
      yield* settle
      yield* closeAtOnce
      yield* pass("1 minute")
      expect(Exit.isInterrupted((yield* outcome(caller))!)).toBe(true)
      expect(events).toEqual([])
    })
  )

  it.scoped("L15 events: no event contains a secret", () =>
    Effect.gen(function* () {
      const { events, provider } = yield* begin({
        script: [issue({ value: "canary-value", refreshToken: "canary-refresh" }), fail(rejection)]
      })
      const token = yield* provider.get
      yield* Effect.flip(provider.refresh)
      yield* provider.invalidate(token)
      yield* provider.clear
      expect(events).toHaveLength(4)
      expect(inspect(events, { depth: 10 }) + JSON.stringify(events)).not.toContain("canary")
    })
  )

  it.scoped("a sink that throws does not affect the caller", () =>
    Effect.gen(function* () {
      const sink = () => {
        throw new Error("the sink is broken")
      }
      const { events, provider } = yield* begin({ sink, script: [issue(), fail(rejection), issue()] })
      const token = yield* provider.get
      expect(yield* provider.invalidate(token)).toBe("Invalidated")
      expect((yield* Effect.flip(provider.get))._tag).toBe("CredentialRejected")
      yield* provider.clear
      expect(yield* valueOf(provider.refresh)).toBe("token-3")
      expect(tags(events)).toEqual(["Acquired", "Invalidated", "Rejected", "Cleared", "Acquired"])
    })
  )
})
