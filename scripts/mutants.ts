/**
 * Breaks the library on purpose, one line at a time, and expects the tests of the broken promise to notice.
 * `npm run mutants -- L7` plants the faults of one law alone, `npm run mutants -- src/wire` those of a folder or file.
 *
 * To add a fault, add a row under its law: the file, a text that stands there exactly once, and what replaces it. Each
 * group names the test file that should notice; of that run the tests whose names begin with the law.
 */
import type { Fault } from "./lib/mutation.js"
import { plantAll } from "./lib/mutation.js"

type Row = readonly [file: string, find: string, replace: string]

const breaks = (
  what: string | { readonly law: string; readonly named: string },
  test: string,
  rows: ReadonlyArray<Row>
): ReadonlyArray<Fault> => {
  const { law, named } = typeof what === "string" ? { law: what, named: what } : what
  return rows.map(([file, find, replace]) => ({
    law,
    named,
    file,
    find,
    replace,
    tests: [`test/${test}.test.ts`]
  }))
}

const cache = "src/cache/TokenCache.ts"
const state = "src/cache/CacheState.ts"
const flight = "src/cache/flight.ts"
const retry = "src/cache/retry.ts"
const policy = "src/cache/RefreshPolicy.ts"

const faults: ReadonlyArray<Fault> = [
  ...breaks("L1", "cache/laws-hit-and-flight", [
    // a lock, then a span, on the way of a hit
    [cache, "? current.answer", "? semaphore.withPermits(1)(current.answer)"],
    [cache, "? current.answer", '? Effect.withSpan(current.answer, "get")']
  ]),
  ...breaks("L2", "cache/laws-hit-and-flight", [
    // the caller waits; no flight starts; many do; an expired token is answered
    [state, 'cause: "Due", meanwhile: state.answer', 'cause: "Due", meanwhile: undefined'],
    [state, "const stay = window !== undefined", "const stay = true"],
    [state, "|| state.flight !== undefined ||", "||"],
    [state, "  if (now < state.expiresAt) {", "  if (now <= state.expiresAt) {"]
  ]),
  ...breaks("L3", "cache/laws-hit-and-flight", [
    // a flight for each caller; once more under the lock; the failure is not shared
    [
      state,
      '? { _tag: "Join", flight: state.flight }',
      '? { _tag: "Launch", cause: need(state, now), meanwhile: undefined }'
    ],
    [
      cache,
      "const next = nextOf(current, now)",
      "const next = nextOf({ ...current, flight: undefined }, now)"
    ],
    [flight, ": Exit.fail(opened.error))", ": Exit.interrupt(FiberId.none))"]
  ]),
  ...breaks("L4", "cache/laws-hit-and-flight", [
    // a caller cannot leave; a caller that leaves ends the flight for all, keeps the lock, leaves half a flight
    [
      cache,
      "Deferred.await(next.flight.landing)",
      "Effect.uninterruptible(Deferred.await(next.flight.landing))"
    ],
    [
      cache,
      "Deferred.await(next.flight.landing)",
      "Effect.onInterrupt(Deferred.await(next.flight.landing), () => Deferred.interrupt(next.flight.landing))"
    ],
    [
      cache,
      "Effect.uninterruptible(semaphore.withPermits(1)(launchUnlessUnderWay(nextOf)))",
      "semaphore.withPermits(1)(launchUnlessUnderWay(nextOf))"
    ],
    [cache, ").pipe(Effect.uninterruptible)", ")"]
  ]),
  ...breaks("L5", "cache/laws-hit-and-flight", [
    // waiters hang; flights start after the end; safe flights are finished; once flights are not, or only in part
    [cache, "Deferred.unsafeDone(flight.landing, Exit.interrupt(FiberId.none))", "undefined"],
    [cache, "Ref.update(state, State.closed)", "Effect.void"],
    [flight, 'grant.replay === "once" ? finished(attempt) : attempt', "finished(attempt)"],
    [flight, 'grant.replay === "once" ? finished(attempt) : attempt', "attempt"],
    [flight, "Effect.flatMap(Effect.forkDaemon(Effect.interruptible(attempt)), Fiber.join)", "attempt"]
  ]),
  ...breaks("L6", "cache/laws-hit-and-flight", [
    // a failure is answered, or takes the token away
    [
      state,
      '? { _tag: "Answer", answer: state.answer }',
      '? { _tag: "Answer", answer: window?.answer ?? state.answer }'
    ],
    [
      state,
      "{ ...state, flight: undefined, lastFailure:",
      "{ ...state, ...noToken, flight: undefined, lastFailure:"
    ]
  ]),
  ...breaks("L7", "cache/laws-failure", [
    // the numbers
    [policy, "  deadline: 10_000", "  deadline: 15_000"],
    [policy, "  attempts: 3", "  attempts: 4"],
    [policy, "  windowMax: 30_000", "  windowMax: 60_000"],
    [policy, "Math.min(retryAfter, policy.retryAfterMax)", "retryAfter"],
    [
      retry,
      "Schedule.jittered(Schedule.exponential(Duration.millis(policy.retryDelay)))",
      "Schedule.exponential(Duration.millis(policy.retryDelay))"
    ],
    [retry, "<= policy.retryAfterWait", "< policy.retryAfterWait"],
    [retry, "return asked === undefined ? delay : Duration.millis(asked)", "return delay"],
    // what is retried
    [retry, 'error._tag === "TransientFailure" &&', 'error._tag !== "CredentialRejected" &&'],
    [retry, '(replay === "safe" || !answerWasLost(error)) &&', ""],
    // what a window is and does
    [state, "now < state.transient.end ? state.transient", "now <= state.transient.end ? state.transient"],
    [state, "    if (now < state.transient.end)", "    if (now > Infinity)"],
    [state, "state.transient.inARow + 1, retryAfter(error, now))", "state.transient.inARow + 1, undefined)"],
    [state, "retryAt: DateTime.unsafeMake(end)", "retryAt: error.retryAt"],
    [state, "inARow: state[opened.window].inARow + 1", "inARow: 1"],
    [state, "  transient: noWindow,\n  rejected: noWindow\n", "  rejected: noWindow\n"]
  ]),
  ...breaks({ law: "L7", named: "a thousand gets" }, "acceptance/a-server-in-trouble", [
    ["src/wire/retryAfter.ts", "Number(seconds) * 1000", "Number(seconds)"]
  ]),
  ...breaks("L8", "cache/laws-failure", [
    [policy, "  rejectedWindow: 60_000", "  rejectedWindow: 30_000"],
    [state, "now < state.rejected.end ? state.rejected : undefined", "undefined"],
    [state, "rejectedWindowEnd(policy, now, state.rejected.inARow + 1)", "rejectedWindowEnd(policy, now, 1)"],
    [state, "  transient: noWindow,\n  rejected: noWindow\n", "  transient: noWindow\n"],
    [state, "if (state.rejected.end === Infinity)", "if (now < state.rejected.end)"],
    [
      state,
      'return { window: "rejected", error, end: Infinity }',
      'return { window: "rejected", error, end: now + 600_000 }'
    ],
    [state, '    case "LoginFailed":\n', ""]
  ]),
  ...breaks("L9", "cache/laws-failure", [
    // no mark; a mark that is not heeded; what counts as lost; what is held
    [state, "presentedAt: Option.some(DateTime.unsafeMake(askedAt))", "presentedAt: Option.none()"],
    [state, " || wasPresented(state)", ""],
    [
      retry,
      'error.reason !== "NotSent" && error.status !== 429 && error.status !== 503',
      'error.reason === "NoAnswer"'
    ],
    [retry, 'error.reason !== "NotSent" && error.status !== 429 && error.status !== 503', "true"],
    [flight, "Option.flatMap(previous, (held) => held.refreshToken)", "Option.none()"],
    [
      flight,
      "Effect.tapErrorCause((cause) =>",
      "Effect.tapErrorCause((cause) => Cause.isDie(cause) ? Effect.void :"
    ]
  ]),
  ...breaks("L10", "cache/laws-invalidation", [
    [state, "|| !isSameValue(state.token, refused)", ""],
    [state, " || now >= state.expiresAt || !isSameValue", " || !isSameValue"],
    [
      state,
      '{ ...state, ...noToken, absence: "Invalidated" }',
      '{ ...state, ...noToken, transient: noWindow, absence: "Invalidated" }'
    ]
  ]),
  ...breaks("L11", "cache/laws-invalidation", [
    [state, "if (now < state.guardedUntil)", "if (now > Infinity)"],
    [state, 'flight.cause === "Invalidated" ?', 'flight.cause !== "Cold" ?'],
    [policy, "  refusalGuard: 30_000", "  refusalGuard: 20_000"]
  ]),
  ...breaks("L12", "cache/laws-lifetime", [
    [
      flight,
      "Policy.expiresAt(policy, askedAt, issued.expiresIn)",
      "Policy.expiresAt(policy, now, issued.expiresIn)"
    ],
    [flight, "if (now >= expiresAt) {", "if (now > expiresAt) {"],
    [policy, "  marginFraction: 0.2", "  marginFraction: 0.25"],
    [policy, "(1 - policy.marginJitter * random)", "1"],
    [policy, "wished > 0 && wished < lifetime", "wished > 0"],
    [policy, "lifetime > 0 ? lifetime : policy.defaultLifetime", "lifetime"],
    ["src/wire/answerBody.ts", "decimal.test(value.trim())", 'value === ""']
  ]),
  ...breaks("L13", "cache/laws-lifetime", [
    [flight, "const random = yield* Random.next", "const random = Math.random()"],
    [flight, "const askedAt = yield* Clock.currentTimeMillis", "const askedAt = Date.now()"],
    [cache, "clock.unsafeCurrentTimeMillis()", 'globalThis["Date"]["now"]() + (clock ? 0 : 1)']
  ]),
  ...breaks("L15", "cache/laws-events", [
    [cache, 'if (outcome === "Invalidated") {', "{"],
    [cache, "unsafeEmit(sink, TokenEvent.Cleared({ provider, at: DateTime.unsafeMake(now) }))", "undefined"],
    [
      flight,
      'opened.window === "rejected" ? TokenEvent.Rejected(outcome)',
      "now < 0 ? TokenEvent.Rejected(outcome)"
    ],
    [flight, ": flight.replacesToken", ": !flight.replacesToken"],
    [flight, "      !isWanted\n", "      now < 0\n"],
    [flight, "before.transient.inARow > 0 || before.rejected.inARow > 0", "before.transient.inARow > 0"]
  ]),
  ...breaks({ law: "L15", named: "a sink" }, "cache/laws-events", [
    ["src/token/TokenEvent.ts", "  } catch {\n", "  } catch (error) {\n    throw error\n"]
  ]),
  ...breaks("clear", "cache/laws-invalidation", [
    [state, "generation: state.generation + 1", "generation: state.generation"],
    [flight, "isWanted ? Option.some(token) : Option.none()", "Option.some(token)"]
  ]),
  ...breaks("a flight", "cache/flight-isolation", [
    // whose surroundings a flight has
    [flight, "      root: true,\n", ""],
    [flight, "links: Option.toArray(starter)", "links: Option.toArray(Option.none<Tracer.AnySpan>())"],
    [
      cache,
      "const fiber = fork(FlightRun.run({ provider, grant, policy, state, sink, flight, starter }))",
      "const fiber = Effect.runFork(FlightRun.run({ provider, grant, policy, state, sink, flight, starter }))"
    ]
  ]),
  ...breaks("status", "cache/TokenStatus", [
    ["src/cache/status.ts", "now < state.expiresAt ? state.token : undefined", "state.token"]
  ]),
  ...breaks("settings", "cache/TokenStatus", [
    [
      policy,
      "if (rules[name].holds(number)) policy[name] = number",
      "if (!Number.isNaN(number)) policy[name] = number"
    ],
    [policy, 'typeof value === "number" || rules[name]', "rules[name]"]
  ]),
  ...breaks({ law: "unconfigured", named: "status of a provider without" }, "cache/TokenStatus", [
    ["src/TokenProvider.ts", "  get: Effect.fail(error),", "  get: Effect.never,"]
  ]),
  ...breaks("names every missing key", "provider/configuration", [
    [
      "src/TokenProvider.ts",
      "return [...issuesOf(error.left), ...issuesOf(error.right)]",
      "return issuesOf(error.left)"
    ]
  ]),

  ...breaks("S1", "wire/client-authentication", [
    [
      "src/wire/ClientAuthentication.ts",
      'self.encoding === "form" ? formEncode',
      'self.encoding === "raw" ? formEncode'
    ]
  ]),
  ...breaks("S2", "wire/client-authentication", [
    [
      "src/wire/ClientAuthentication.ts",
      "        parameters: {},\n        authorization: Redacted.make(",
      "        parameters: { client_id: self.clientId, client_secret: self.clientSecret },\n        authorization: Redacted.make("
    ]
  ]),
  ...breaks("S3", "wire/s3-https", [
    ["src/wire/Url.ts", "(allowLoopbackHttp && url.protocol", "(url.protocol"]
  ]),
  ...breaks("S4", "wire/s4-redirects", [
    ["src/wire/transport.ts", 'redirect: "manual"', 'redirect: "follow"']
  ]),
  ...breaks("S5", "wire/s5-size-cap", [
    ["src/wire/transport.ts", "({ size }) => size <= sizeCap", "() => true"],
    ["src/wire/transport.ts", "size > sizeCap ? undefined : decodeUtf8(chunks)", "decodeUtf8(chunks)"]
  ]),
  ...breaks("S6", "wire/s6-deadline", [
    ["src/wire/transport.ts", "duration: options.deadline", 'duration: "1 hour"']
  ]),
  ...breaks("S7", "http/s7-origins", [
    ["src/http/OriginList.ts", "matchers.some((matches) => matches(url))", "matchers.length > 0"],
    ["src/http/OriginList.ts", "isProtected(url, allowLoopbackHttp) && matchers", "matchers"]
  ]),
  ...breaks("S8", "wire/client-authentication", [
    ["src/wire/Url.ts", "secretNames.test(name)", "name === undefined"]
  ]),
  ...breaks("S19", "wire/s19-token-type", [
    ["src/wire/tokenAnswer.ts", "type.trim().toLowerCase()", "type.trim()"]
  ]),
  ...breaks("S20", "wire/s21-server-text", [
    ["src/wire/tokenAnswer.ts", "if (error !== undefined || (status >= 400", "if ((status >= 400"]
  ]),
  ...breaks("S21", "wire/s21-server-text", [
    ["src/wire/clean.ts", 'text.replaceAll(secret, "<redacted>")', "text"],
    ["src/wire/clean.ts", 'head.replace(unprintable, " ")', "head"],
    ["src/wire/clean.ts", ".slice(0, most)", ""]
  ]),
  ...breaks("S30", "http/s30-replay", [
    ["src/http/withToken.ts", " || !exchange.isReplayable) return answer", ") return answer"]
  ]),
  ...breaks("L10", "http/bearer-laws", [
    [
      "src/http/withToken.ts",
      "yield* provider.invalidate(refused)",
      'yield* Effect.as(provider.clear, "Invalidated")'
    ]
  ])
]

await plantAll(faults, process.argv.slice(2))
