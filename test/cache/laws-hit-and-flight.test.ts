import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as Scheduler from "effect/Scheduler"
import * as Scope from "effect/Scope"
import { TokenProvider } from "effect-oauth"
import { settle } from "../support/clock.js"
import {
  begin,
  elapsed,
  outcome,
  pass,
  passTo,
  requestsAt,
  transientFailure,
  valueOf
} from "../support/providerUnderTest.js"
import { recordingTracer } from "../support/recordingTracer.js"
import {
  ScriptedGrant,
  die,
  fail,
  hang,
  issue,
  noToken,
  rejection,
  transient
} from "../support/scriptedGrant.js"

const minute = 60_000

/** A scheduler that counts how often a fiber gave way; a fiber under it gives way for nothing else. */
const countingScheduler = () => {
  const counted = { tasks: 0 }
  const scheduler = Scheduler.make(
    (task, priority) => {
      counted.tasks++
      Scheduler.defaultScheduler.scheduleTask(task, priority)
    },
    () => false
  )
  return { counted, scheduler }
}

/** A scheduler under which a fiber stands still once, at one of its steps, for as long as others take. */
const pausingAt = (step: number) => {
  let steps = 0
  const later = (task: () => void, priority: number, turns: number): void =>
    turns === 0
      ? task()
      : Scheduler.defaultScheduler.scheduleTask(() => later(task, priority, turns - 1), priority)
  return Scheduler.make(
    (task, priority) => later(task, priority, 10),
    () => (++steps === step ? 0 : false)
  )
}

describe("hits and flights", () => {
  it.scoped("L1 hit: get answers a fresh token without a request until the refresh is due", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({ script: [issue({ refreshIn: "50 minutes" })] })
      const first = yield* provider.get
      for (let minutes = 0; minutes < 49; minutes++) {
        expect(yield* provider.get).toBe(first)
        yield* pass("1 minute")
      }
      yield* pass(minute - 1)
      expect(yield* provider.get).toBe(first)
      yield* settle
      expect(server.requests).toBe(1)
    })
  )

  it.scoped("L1 hit: get answers a fresh token before its fiber yields once", () =>
    Effect.gen(function* () {
      const { provider } = yield* begin({ script: [issue()] })
      const token = yield* provider.get
      const runtime = yield* Effect.runtime()
      const { counted, scheduler } = countingScheduler()
      const fiber = Runtime.runFork(runtime)(provider.get, { scheduler })
      expect(fiber.unsafePoll()).toEqual(Exit.succeed(token))
      expect(counted.tasks).toBe(0)
      expect(Runtime.runSync(runtime)(provider.get)).toBe(token)
    })
  )

  it.scoped("L1 hit: the lock that guards the start of a flight does not delay a get", () =>
    Effect.gen(function* () {
      const { provider } = yield* begin({ script: [issue(), hang] })
      const token = yield* provider.get
      const runtime = yield* Effect.runtime()
      yield* Effect.fork(provider.refresh)
      yield* settle
      expect(Runtime.runSync(runtime)(provider.get)).toBe(token)
    })
  )

  it.scoped("L1 hit: a thousand gets create no span besides that of the flight", () => {
    const { spans, tracer } = recordingTracer()
    return Effect.gen(function* () {
      const { provider } = yield* begin({ script: [issue()] })
      yield* Effect.repeatN(provider.get, 999)
      expect(spans.map(({ name }) => name)).toEqual(["effect-oauth.flight"])
    }).pipe(Effect.withTracer(tracer))
  })

  it.scoped(
    "L2 refresh-ahead: from refreshAt on get answers the token in hand at once, and one background flight runs",
    () =>
      Effect.gen(function* () {
        const { provider, server } = yield* begin({
          script: [issue({ refreshIn: "50 minutes" }), issue({ takes: "5 seconds" })]
        })
        const first = yield* provider.get
        yield* pass(50 * minute)
        for (let i = 0; i < 100; i++) {
          const fiber = yield* Effect.fork(provider.get)
          expect(yield* outcome(fiber)).toEqual(Exit.succeed(first))
        }
        expect(requestsAt(server)).toEqual([0, 50 * minute])
        yield* pass("5 seconds")
        expect(yield* valueOf(provider.get)).toBe("token-2")
        expect(server.requests).toBe(2)
      })
  )

  it.scoped(
    "L2 refresh-ahead: a thousand concurrent callers at refreshAt start one flight, and none waits",
    () =>
      Effect.gen(function* () {
        const { provider, server } = yield* begin({ script: [issue({ refreshIn: "50 minutes" }), hang] })
        yield* provider.get
        yield* pass(50 * minute)
        const tokens = yield* Effect.all(
          Array.from({ length: 1000 }, () => valueOf(provider.get)),
          {
            concurrency: "unbounded"
          }
        )
        expect(new Set(tokens)).toEqual(new Set(["token-1"]))
        yield* settle
        expect(server.requests).toBe(2)
      })
  )

  it.scoped("L2 refresh-ahead: get answers the due token up to its last millisecond and no longer", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({ script: [issue({ lifetime: "1 hour" }), hang] })
      const token = yield* provider.get
      yield* pass(60 * minute - 1)
      const last = yield* Effect.fork(provider.get)
      expect(yield* outcome(last)).toEqual(Exit.succeed(token))
      yield* pass(1)
      const late = yield* Effect.fork(provider.get)
      expect(yield* outcome(late)).toBeUndefined()
      expect(server.requests).toBe(2)
    })
  )

  it.scoped("L2 refresh-ahead: no request is made before refreshAt, nor without a caller", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({ script: [issue({ refreshIn: "50 minutes" })] })
      yield* provider.get
      yield* pass(50 * minute - 1)
      yield* provider.get
      yield* settle
      expect(server.requests).toBe(1)
      yield* pass(8 * minute)
      expect(server.requests).toBe(1)
    })
  )

  it.scoped("L3 single flight: a thousand concurrent callers cost one flight and share its token", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({ script: [issue({ takes: "2 seconds" })] })
      const fibers = yield* Effect.all(Array.from({ length: 1000 }, () => Effect.fork(provider.get)))
      yield* pass("1 second")
      const late = yield* Effect.fork(provider.get)
      yield* pass("1 second")
      const tokens = yield* Fiber.join(Fiber.all([...fibers, late]))
      expect(new Set(tokens).size).toBe(1)
      expect(server.requests).toBe(1)
      expect(yield* elapsed).toBe(2000)
    })
  )

  it.scoped("L3 single flight: all callers get the same failure", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({ script: [fail(rejection, "2 seconds")] })
      const fibers = yield* Effect.all(
        Array.from({ length: 1000 }, () => Effect.fork(Effect.flip(provider.get)))
      )
      yield* pass("2 seconds")
      const errors = yield* Fiber.join(Fiber.all(fibers))
      expect(new Set(errors).size).toBe(1)
      expect(errors[0]?._tag).toBe("CredentialRejected")
      expect(server.requests).toBe(1)
    })
  )

  it.scoped("L3 single flight: a defect in the grant reaches each waiting caller and opens a window", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({ script: [die(new Error("a bug"), "1 second"), issue()] })
      const fibers = yield* Effect.all(Array.from({ length: 10 }, () => Effect.fork(provider.get)))
      yield* pass("1 second")
      for (const fiber of fibers) expect(defectOf(yield* outcome(fiber))).toBe("a bug")
      expect((yield* transientFailure(provider.get)).reason).toBe("Defect")
      expect(server.requests).toBe(1)
      yield* pass("1 second")
      expect(yield* valueOf(provider.get)).toBe("token-2")
    })
  )

  it.scoped("L3 single flight: a grant that throws counts as a defect", () =>
    Effect.gen(function* () {
      const { provider } = yield* begin({
        script: [
          {
            takes: 0,
            answer: () => {
              throw new Error("thrown")
            }
          }
        ]
      })
      expect(defectOf(yield* Effect.exit(provider.get))).toBe("thrown")
      expect((yield* transientFailure(provider.get)).reason).toBe("Defect")
    })
  )

  it.scoped("L3 single flight: callers that come after a flight has ended start none", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({ script: [issue()] })
      yield* Effect.all(
        Array.from({ length: 1000 }, () => provider.get),
        { concurrency: "unbounded" }
      )
      yield* Effect.all(
        Array.from({ length: 1000 }, () => provider.get),
        { concurrency: "unbounded" }
      )
      expect(server.requests).toBe(1)
    })
  )

  it.scoped("L3 single flight: callers start one flight at whichever step a caller yields", () =>
    Effect.gen(function* () {
      for (let step = 1; step < 60; step++) {
        const { provider, server } = yield* begin({ script: [issue({ takes: "1 second" })] })
        const slow = yield* Effect.fork(Effect.withScheduler(provider.get, pausingAt(step)))
        const others = yield* Effect.replicateEffect(Effect.fork(provider.get), 3)
        yield* settle
        expect(server.requests).toBe(1)
        yield* pass("1 second")
        expect(new Set(yield* Fiber.join(Fiber.all([slow, ...others]))).size).toBe(1)
      }
    })
  )

  it.scoped("L3 single flight: refresh joins the flight of a get, and get the flight of a refresh", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({ script: [issue({ takes: "1 second" })] })
      const get = yield* Effect.fork(provider.get)
      const refresh = yield* Effect.fork(provider.refresh)
      const headers = yield* Effect.fork(provider.headers)
      yield* pass("1 second")
      expect(yield* Fiber.join(get)).toBe(yield* Fiber.join(refresh))
      expect((yield* Fiber.join(headers))["authorization"]).toBe("Bearer token-1")
      expect(server.requests).toBe(1)
      const again = yield* Effect.fork(provider.refresh)
      const another = yield* Effect.fork(provider.refresh)
      yield* pass("1 second")
      expect(yield* Fiber.join(again)).toBe(yield* Fiber.join(another))
      expect(server.requests).toBe(2)
    })
  )

  it.scoped(
    "L4 detached: the flight and its other callers go on after the caller that started it leaves",
    () =>
      Effect.gen(function* () {
        const { provider, server } = yield* begin({ script: [issue({ takes: "2 seconds" })] })
        const starter = yield* Effect.fork(provider.get)
        yield* settle
        const others = yield* Effect.all(Array.from({ length: 99 }, () => Effect.fork(provider.get)))
        yield* pass("1 second")
        yield* Fiber.interrupt(starter)
        expect(yield* elapsed).toBe(1000)
        yield* pass("1 second")
        expect(new Set(yield* Fiber.join(Fiber.all(others))).size).toBe(1)
        expect([server.requests, server.abandoned]).toEqual([1, 0])
      })
  )

  it.scoped("L4 detached: a flight whose callers have all left still puts its token in hand", () =>
    Effect.gen(function* () {
      const { events, provider, server } = yield* begin({ script: [issue({ takes: "2 seconds" })] })
      const callers = yield* Effect.all(Array.from({ length: 5 }, () => Effect.fork(provider.get)))
      yield* settle
      yield* Fiber.interruptAll(callers)
      yield* pass("2 seconds")
      expect(events.map(({ _tag }) => _tag)).toEqual(["Acquired"])
      yield* provider.get
      expect([server.requests, server.abandoned]).toEqual([1, 0])
    })
  )

  it.scoped("L4 detached: a caller leaves at its own timeout", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({ script: [issue({ takes: "2 seconds" })] })
      const impatient = yield* Effect.fork(Effect.timeoutOption(provider.get, "500 millis"))
      const patient = yield* Effect.fork(valueOf(provider.get))
      yield* pass("500 millis")
      expect((yield* Fiber.join(impatient))._tag).toBe("None")
      yield* pass("1500 millis")
      expect(yield* Fiber.join(patient)).toBe("token-1")
      expect([server.requests, server.abandoned]).toEqual([1, 0])
    })
  )

  it.scoped("L4 detached: a caller that is interrupted before its first step does not affect others", () =>
    Effect.gen(function* () {
      const { provider, server } = yield* begin({ script: [issue()] })
      const caller = yield* Effect.fork(provider.get)
      yield* Fiber.interruptFork(caller)
      expect(yield* valueOf(provider.get)).toBe("token-1")
      yield* settle
      expect(server.requests).toBe(1)
    })
  )

  it.scoped(
    "L4 detached: other callers are served at whichever step the caller that starts the flight is interrupted",
    () =>
      Effect.gen(function* () {
        for (let step = 1; step < 60; step++) {
          const { provider, server } = yield* begin({ script: [issue()] })
          const starter = yield* Effect.fork(Effect.withScheduler(provider.get, pausingAt(step)))
          yield* Effect.yieldNow()
          yield* Fiber.interruptFork(starter)
          const other = yield* Effect.fork(valueOf(provider.get))
          expect(yield* outcome(other)).toEqual(Exit.succeed("token-1"))
          expect(server.requests).toBe(1)
        }
      })
  )

  it.scoped(
    "L4 detached: other callers are served at whichever step the starter of a background flight is interrupted",
    () =>
      Effect.gen(function* () {
        for (let step = 1; step < 60; step++) {
          const { provider, server } = yield* begin({
            script: [issue({ lifetime: "1 minute" }), issue({ takes: "1 second" })]
          })
          yield* provider.get
          yield* passTo(50_000)
          const starter = yield* Effect.fork(Effect.withScheduler(provider.get, pausingAt(step)))
          yield* Effect.yieldNow()
          yield* Fiber.interruptFork(starter)
          expect(yield* outcome(yield* Effect.fork(valueOf(provider.get)))).toEqual(Exit.succeed("token-1"))
          yield* passTo(minute + 1000)
          const late = yield* Effect.fork(valueOf(provider.get))
          yield* pass("1 second")
          expect(yield* outcome(late)).toEqual(Exit.succeed("token-2"))
          expect(server.requests).toBe(2)
        }
      })
  )
})

describe("closing the scope", () => {
  it.scoped("L5 finishing: closing the scope ends a flight and its callers at once", () =>
    Effect.gen(function* () {
      const { closeAtOnce, events, provider, server } = yield* begin({
        script: [issue({ takes: "5 seconds" })]
      })
      const waiters = yield* Effect.all(Array.from({ length: 100 }, () => Effect.fork(provider.get)))
      const refresher = yield* Effect.fork(provider.refresh)
      yield* pass("1 second")
      yield* closeAtOnce
      for (const waiter of [...waiters, refresher]) expect(isInterrupted(yield* outcome(waiter))).toBe(true)
      expect(server.abandoned).toBe(1)
      expect(yield* elapsed).toBe(1000)
      expect(events).toEqual([])
    })
  )

  it.scoped("L5 finishing: closing the scope ends the delay between two attempts", () =>
    Effect.gen(function* () {
      const { closeAtOnce, provider, server } = yield* begin({
        script: [transient({ retryAfter: "4 seconds" })]
      })
      const waiter = yield* Effect.fork(provider.get)
      yield* pass("1 second")
      yield* closeAtOnce
      expect(isInterrupted(yield* outcome(waiter))).toBe(true)
      yield* pass("10 seconds")
      expect(server.requests).toBe(1)
    })
  )

  it.scoped(
    "L5 finishing: a closed provider answers a valid token and interrupts callers that need a flight",
    () =>
      Effect.gen(function* () {
        const { closeAtOnce, provider, server } = yield* begin({ script: [issue({ lifetime: "1 hour" })] })
        yield* provider.get
        yield* closeAtOnce
        expect(yield* valueOf(provider.get)).toBe("token-1")
        yield* pass(59 * minute)
        expect(yield* valueOf(provider.get)).toBe("token-1")
        expect(isInterrupted(yield* outcome(yield* Effect.fork(provider.refresh)))).toBe(true)
        yield* pass(minute)
        expect(isInterrupted(yield* outcome(yield* Effect.fork(provider.get)))).toBe(true)
        expect((yield* provider.status).isRefreshing).toBe(false)
        expect(server.requests).toBe(1)
      })
  )

  it.scoped("L5 finishing: no caller hangs at whichever step of a launch the scope closes", () =>
    Effect.gen(function* () {
      for (let step = 1; step < 60; step++) {
        const { closeAtOnce, provider } = yield* begin({ script: [issue({ takes: "1 second" })] })
        const caller = yield* Effect.fork(Effect.withScheduler(provider.get, pausingAt(step)))
        yield* Effect.yieldNow()
        yield* closeAtOnce
        expect(isInterrupted(yield* outcome(caller))).toBe(true)
        expect(isInterrupted(yield* outcome(yield* Effect.fork(provider.get)))).toBe(true)
      }
    })
  )

  it.scoped("L5 finishing: a closed provider without a token makes no request", () =>
    Effect.gen(function* () {
      const { closeAtOnce, provider, server } = yield* begin({ script: [issue()] })
      yield* closeAtOnce
      expect(isInterrupted(yield* outcome(yield* Effect.fork(provider.get)))).toBe(true)
      expect(isInterrupted(yield* outcome(yield* Effect.fork(provider.refresh)))).toBe(true)
      expect(server.requests).toBe(0)
    })
  )

  it.scoped(
    "L5 finishing: only a get after the scope has closed logs why it was interrupted, without a secret",
    () => {
      const lines: Array<string> = []
      const logger = Logger.make(
        ({ logLevel, message }) => void lines.push(`${logLevel.label} ${String(message)}`)
      )
      return Effect.gen(function* () {
        const { closeAtOnce, provider } = yield* begin({
          script: [issue({ lifetime: "1 minute", value: "canary" }), hang]
        })
        yield* provider.get
        const waiter = yield* Effect.fork(provider.refresh)
        yield* settle
        yield* closeAtOnce
        expect(isInterrupted(yield* outcome(waiter))).toBe(true)
        yield* provider.get
        expect(lines).toEqual([])
        yield* pass("1 minute")
        expect(isInterrupted(yield* outcome(yield* Effect.fork(provider.get)))).toBe(true)
        expect(lines).toHaveLength(1)
        expect(lines[0]).toMatch(/^WARN.*test\/Api/)
        expect(lines[0]).not.toContain("canary")
      }).pipe(Effect.provide(Logger.add(logger)))
    }
  )

  it.scoped("L5 finishing: callers that come while the scope closes do not hang", () =>
    Effect.gen(function* () {
      const { close, provider, server } = yield* begin({
        replay: "once",
        script: [issue({ takes: "5 seconds" })]
      })
      const before = yield* Effect.fork(valueOf(provider.get))
      yield* pass("1 second")
      const closing = yield* Effect.fork(close)
      yield* settle
      const during = yield* Effect.fork(provider.get)
      expect(isInterrupted(yield* outcome(during))).toBe(true)
      yield* pass("4 seconds")
      expect(yield* outcome(before)).toEqual(Exit.succeed("token-1"))
      yield* Fiber.join(closing)
      expect(yield* valueOf(provider.get)).toBe("token-1")
      expect(server.requests).toBe(1)
    })
  )

  it.scoped(
    "L5 finishing, once: closing the scope finishes a sent request, remembers its token and answers it",
    () =>
      Effect.gen(function* () {
        const { close, events, provider, server } = yield* begin({
          replay: "once",
          script: [issue({ takes: "5 seconds", refreshToken: "rotated" })]
        })
        const waiters = yield* Effect.all(
          Array.from({ length: 10 }, () => Effect.fork(valueOf(provider.get)))
        )
        yield* pass("1 second")
        const closing = yield* Effect.fork(close)
        expect(yield* outcome(closing)).toBeUndefined()
        yield* pass("4 seconds")
        expect(yield* outcome(closing)).toEqual(Exit.void)
        for (const waiter of waiters) expect(yield* outcome(waiter)).toEqual(Exit.succeed("token-1"))
        expect(yield* valueOf(provider.get)).toBe("token-1")
        expect([server.requests, server.abandoned]).toEqual([1, 0])
        expect(events.map(({ _tag }) => _tag)).toEqual(["Acquired"])
      })
  )

  it.scoped(
    "L5 finishing, once: a sent request delays the closing by its deadline at most, and no caller hangs",
    () =>
      Effect.gen(function* () {
        const { close, events, provider, server } = yield* begin({ replay: "once", script: [hang] })
        const waiter = yield* Effect.fork(provider.get)
        yield* pass("1 second")
        const closing = yield* Effect.fork(close)
        yield* pass("8950 millis")
        expect(yield* outcome(closing)).toBeUndefined()
        yield* pass("50 millis")
        expect(yield* outcome(closing)).toEqual(Exit.void)
        expect(isInterrupted(yield* outcome(waiter))).toBe(true)
        expect([server.requests, server.abandoned]).toEqual([1, 1])
        expect(events).toEqual([])
      })
  )

  it.scoped("L5 finishing, once: closing the scope between two attempts makes no further attempt", () =>
    Effect.gen(function* () {
      const { closeAtOnce, provider, server } = yield* begin({
        replay: "once",
        script: [transient({ status: 503, retryAfter: "4 seconds" })]
      })
      const waiter = yield* Effect.fork(provider.get)
      yield* pass("1 second")
      yield* closeAtOnce
      expect(yield* elapsed).toBe(1000)
      expect(isInterrupted(yield* outcome(waiter))).toBe(true)
      yield* pass("10 seconds")
      expect(server.requests).toBe(1)
    })
  )

  it.scoped(
    "L5 finishing: a provider made in an uninterruptible region closes during a flight all the same",
    () =>
      Effect.gen(function* () {
        const { closeAtOnce, provider, server } = yield* Effect.uninterruptible(begin({ script: [hang] }))
        const waiter = yield* Effect.fork(provider.get)
        yield* settle
        yield* closeAtOnce
        expect(isInterrupted(yield* outcome(waiter))).toBe(true)
        expect(server.abandoned).toBe(1)
        expect(yield* elapsed).toBe(0)
      })
  )

  it.scoped("L5 finishing: a provider made by a layer ends with its scope too", () =>
    Effect.gen(function* () {
      class Api extends TokenProvider.Tag("test/Api")<Api>() {}
      const server = new ScriptedGrant("safe", hang)
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(TokenProvider.layer(Api, { grant: server.grant }), scope)
      const waiter = yield* Effect.fork(Context.get(context, Api).get)
      yield* settle
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      expect(yield* outcome(closing)).toEqual(Exit.void)
      expect(isInterrupted(yield* outcome(waiter))).toBe(true)
      expect(server.abandoned).toBe(1)
    })
  )
})

describe("a failed refresh while a token is valid", () => {
  const failures = {
    TransientFailure: transient(),
    CredentialRejected: fail(rejection),
    InvalidTokenResponse: fail(noToken),
    Timeout: hang,
    Defect: die(new Error("a bug"))
  }

  for (const [name, failure] of Object.entries(failures)) {
    it.scoped(`L6 static stability: no get fails with a ${name} before the token has expired`, () =>
      Effect.gen(function* () {
        const { provider, server } = yield* begin({ script: [issue({ lifetime: "10 minutes" }), failure] })
        const first = yield* provider.get
        yield* passTo(8 * minute)
        for (let instant = 8 * minute; instant < 10 * minute; instant += 5000) {
          yield* passTo(instant)
          expect(yield* outcome(yield* Effect.fork(provider.get))).toEqual(Exit.succeed(first))
        }
        yield* passTo(10 * minute - 1)
        expect(yield* outcome(yield* Effect.fork(provider.get))).toEqual(Exit.succeed(first))
        expect(server.requests).toBeGreaterThan(1)
        yield* pass(1)
        const late = yield* Effect.fork(Effect.exit(provider.get))
        yield* pass("40 seconds")
        expect(Exit.isFailure(yield* Fiber.join(late))).toBe(true)
      })
    )
  }

  it.scoped("L6 static stability: the failure of a refresh reaches its caller and no get", () =>
    Effect.gen(function* () {
      const { provider } = yield* begin({ script: [issue(), fail(rejection, "1 second")] })
      const first = yield* provider.get
      const refresh = yield* Effect.fork(Effect.flip(provider.refresh))
      yield* settle
      expect(yield* provider.get).toBe(first)
      yield* pass("1 second")
      expect((yield* Fiber.join(refresh))._tag).toBe("CredentialRejected")
      expect(yield* provider.get).toBe(first)
      expect((yield* provider.status).state).toBe("Fresh")
    })
  )

  it.scoped("L6 static stability: a token that was invalidated or cleared is not in hand", () =>
    Effect.gen(function* () {
      const { provider } = yield* begin({ script: [issue(), fail(rejection)] })
      const first = yield* provider.get
      yield* provider.invalidate(first)
      expect((yield* Effect.flip(provider.get))._tag).toBe("CredentialRejected")
      const other = yield* begin({ script: [issue(), fail(rejection)] })
      yield* other.provider.get
      yield* other.provider.clear
      expect((yield* Effect.flip(other.provider.get))._tag).toBe("CredentialRejected")
    })
  )

  it.scoped(
    "L6 static stability: a flight that fails after expiry fails for the callers that wait then",
    () =>
      Effect.gen(function* () {
        const { provider } = yield* begin({
          script: [issue({ lifetime: "10 minutes" }), fail(rejection, "5 seconds")]
        })
        yield* provider.get
        yield* pass(10 * minute - 1000)
        yield* provider.get
        yield* pass(1000)
        const waiter = yield* Effect.fork(Effect.flip(provider.get))
        yield* pass("4 seconds")
        expect((yield* Fiber.join(waiter))._tag).toBe("CredentialRejected")
      })
  )
})

const defectOf = (exit: Exit.Exit<unknown, unknown> | undefined): unknown => {
  const defect =
    exit !== undefined && Exit.isFailure(exit)
      ? Option.getOrUndefined(Cause.dieOption(exit.cause))
      : undefined
  return defect instanceof Error ? defect.message : undefined
}

const isInterrupted = (exit: Exit.Exit<unknown, unknown> | undefined): boolean =>
  exit !== undefined && Exit.isInterrupted(exit)
