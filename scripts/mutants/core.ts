import type { Fault } from "../lib/mutation.js"
import { breaks } from "./breaks.js"

const operations = "src/cache/operations.ts"
const scope = "src/cache/FlightScope.ts"
const state = "src/cache/CacheState.ts"
const flight = "src/cache/flight/flight.ts"
const attempt = "src/cache/flight/attempt.ts"
const ending = "src/cache/flight/ending.ts"
const retry = "src/cache/retry.ts"
const refreshToken = "src/grant/RefreshToken.ts"
const identity = "src/grant/identity.ts"
const policy = "src/cache/RefreshPolicy.ts"
const fresh = "src/cache/fresh.ts"
const recency = "src/cache/Recency.ts"
const tenants = "src/TenantProvider.ts"
const tokenKey = "src/token/TokenKey.ts"
const url = "src/wire/Url.ts"
const authentication = "src/wire/ClientAuthentication.ts"
const body = "src/wire/requestBody.ts"
const transport = "src/wire/transport.ts"
const endpoint = "src/wire/TokenEndpoint.ts"
const discovery = "src/wire/Discovery.ts"
const answer = "src/wire/tokenAnswer.ts"
const clean = "src/wire/clean.ts"
const originList = "src/http/OriginList.ts"
const bearer = "src/http/bearerRequest.ts"
const discretion = "src/http/bearerDiscretion.ts"

/** The faults of the token, the wire, the cache and the HTTP client. */
export const core: ReadonlyArray<Fault> = [
  ...breaks("L1", "cache/laws-hit-and-flight", [
    // a lock, then a span, on the way of a hit
    [operations, "? current.answer", "? semaphore.withPermits(1)(current.answer)"],
    [operations, "? current.answer", '? Effect.withSpan(current.answer, "get")']
  ]),
  ...breaks("L2", "cache/laws-hit-and-flight", [
    // the caller waits; no flight starts; many do; an expired token is answered
    [
      state,
      'cause: "Due", isRefresh: false, meanwhile: state.answer',
      'cause: "Due", isRefresh: false, meanwhile: undefined'
    ],
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
    [operations, "nextOf(state.current, now)", "nextOf({ ...state.current, flight: undefined }, now)"],
    [ending, ": Exit.fail(opened.error))", ": Exit.interrupt(FiberId.none))"]
  ]),
  ...breaks("L4", "cache/laws-hit-and-flight", [
    // a caller cannot leave; a caller that leaves ends the flight for all, or keeps the lock
    [
      operations,
      'case "Launched":\n        return Deferred.await(next.flight.landing)',
      'case "Launched":\n        return Effect.uninterruptible(Deferred.await(next.flight.landing))'
    ],
    [
      operations,
      'case "Launched":\n        return Deferred.await(next.flight.landing)',
      'case "Launched":\n        return Effect.onInterrupt(Deferred.await(next.flight.landing), () => Deferred.interrupt(next.flight.landing))'
    ],
    [
      operations,
      "Effect.uninterruptible(semaphore.withPermits(1)(launchUnlessUnderWay(nextOf)))",
      "semaphore.withPermits(1)(launchUnlessUnderWay(nextOf))"
    ]
  ]),
  ...breaks("L5", "cache/laws-hit-and-flight", [
    // waiters hang; flights start after the end; safe flights are finished; once flights are not, or only in part
    [operations, "Deferred.unsafeDone(landing, Exit.interrupt(FiberId.none))", "undefined"],
    [scope, "Effect.sync(() => (isClosed = true))", "Effect.void"],
    [flight, 'grant.replay === "once" ? finished(asked) : asked', "finished(asked)"],
    [flight, 'grant.replay === "once" ? finished(asked) : asked', "asked"],
    [attempt, "Effect.flatMap(Effect.forkDaemon(Effect.interruptible(attempt)), Fiber.join)", "attempt"]
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
    [state, "isForGood ? Infinity :", "isForGood ? now + 600_000 :"],
    [state, '    case "LoginFailed":\n', ""]
  ]),
  ...breaks("L9", "cache/laws-failure", [
    // no mark; a mark that is not heeded; what counts as lost; what is held
    [state, "presentedAt: Option.some(DateTime.unsafeMake(askedAt))", "presentedAt: Option.none()"],
    [state, " || wasPresented(state, now)", ""],
    [
      retry,
      'error.reason !== "NotSent" && error.status !== 429 && error.status !== 503',
      'error.reason === "NoAnswer"'
    ],
    [retry, 'error.reason !== "NotSent" && error.status !== 429 && error.status !== 503', "true"],
    [attempt, "previous === undefined ? Option.none() : previous.refreshToken", "Option.none()"],
    [
      attempt,
      "Effect.tapErrorCause((cause) =>",
      "Effect.tapErrorCause((cause) => Cause.isDie(cause) ? Effect.void :"
    ]
  ]),
  ...breaks("S27", "provider/refresh-token", [
    // what is presented, and what is said where it is gone
    [refreshToken, "Option.getOrUndefined(refreshToken)", "Option.getOrElse(refreshToken, () => seed)"],
    [
      refreshToken,
      "|| Option.isNone(presentedAt)) return error",
      "|| Option.isSome(presentedAt)) return error"
    ],
    [refreshToken, 'error._tag !== "ReauthorizationRequired" || Option', "Option"]
  ]),
  ...breaks("L9", "provider/refresh-token", [
    [refreshToken, 'replay: "once",', 'replay: "safe",'],
    [refreshToken, "yield* Effect.mapError(endpoint, notSent)", "yield* endpoint"],
    [refreshToken, 'reason: "Metadata",', "reason: error.reason,"]
  ]),
  ...breaks("L14", "tenants/on-a-store", [
    // what cannot be spared
    [tenants, "(stored.version === undefined || stored.isStale) &&", "stored.version === undefined &&"],
    [tenants, "  (stored.version === undefined || stored.isStale) &&\n", ""]
  ]),
  ...breaks("L14", "provider/identity", [
    [identity, "setOf(asked.scopes)", "asked.scopes"],
    [identity, "    asked.audience,\n", "    undefined,\n"],
    [refreshToken, "identityOf(grantType, options.client)", "identityOf(grantType, options.client, options)"],
    ["src/provider/internal/endpoint.ts", "server: url.href", "server: url.origin"]
  ]),
  ...breaks("S27", "provider/refresh-token-provider", [
    ["src/provider/RefreshTokenProvider.ts", "Either.getRight(store)", "Option.none()"]
  ]),
  ...breaks("L10", "cache/laws-invalidation", [
    [state, "|| !isSameValue(state.token, refused)", ""],
    [state, " || now >= state.expiresAt || !isSameValue", " || !isSameValue"],
    [
      state,
      '{ ...state, ...noToken, absence: "Invalidated" }',
      '{ ...state, ...noToken, transient: noWindow, absence: "Invalidated" }'
    ],
    ["src/cache/StateRef.ts", "      this.current = next\n", ""]
  ]),
  ...breaks("L11", "cache/laws-invalidation", [
    [state, "if (now < state.guardedUntil)", "if (now > Infinity)"],
    [state, 'flight.cause === "Invalidated" ?', 'flight.cause !== "Cold" ?'],
    [policy, "  refusalGuard: 30_000", "  refusalGuard: 20_000"]
  ]),
  ...breaks("L12", "cache/laws-lifetime", [
    [
      attempt,
      "Policy.expiresAt(policy, askedAt, issued.expiresIn)",
      "Policy.expiresAt(policy, now, issued.expiresIn)"
    ],
    [
      attempt,
      "if (now >= DateTime.toEpochMillis(token.expiresAt)) {",
      "if (now > DateTime.toEpochMillis(token.expiresAt)) {"
    ],
    [policy, "  marginFraction: 0.2", "  marginFraction: 0.25"],
    [policy, "(1 - policy.marginJitter * random)", "1"],
    [policy, "wished > 0 && wished < lifetime", "wished > 0"],
    [policy, "lifetime > 0 ? lifetime : policy.defaultLifetime", "lifetime"],
    ["src/wire/answerBody.ts", "decimal.test(value.trim())", 'value === ""']
  ]),
  ...breaks("L13", "cache/laws-lifetime", [
    [attempt, "const random = yield* Random.next", "const random = Math.random()"],
    [attempt, "const askedAt = yield* Clock.currentTimeMillis", "const askedAt = Date.now()"],
    [
      "src/cache/now.ts",
      "Context.unsafeGet(fiber.currentDefaultServices, Clock.Clock).unsafeCurrentTimeMillis()",
      'globalThis["Date"]["now"]()'
    ]
  ]),
  ...breaks("L15", "cache/laws-events", [
    [scope, "yield* TokenEventSink", "{ emit: () => undefined }"],
    [operations, 'if (outcome === "Invalidated") unsafeEmit', "unsafeEmit"],
    [operations, "unsafeEmit(sink, TokenEvent.Cleared(occasion(now)))", "undefined"],
    [operations, "next.flight.joined++", "undefined"],
    [operations, "replacesToken: now < expiresAt", "replacesToken: true"],
    [
      ending,
      'opened.window === "rejected" ? TokenEvent.Rejected(outcome)',
      "now < 0 ? TokenEvent.Rejected(outcome)"
    ],
    [ending, ": flight.replacesToken", ": !flight.replacesToken"],
    [ending, "      !isWanted\n", "      now < 0\n"],
    [ending, "before.transient.inARow > 0 || before.rejected.inARow > 0", "before.transient.inARow > 0"]
  ]),
  ...breaks({ law: "L15", named: "a sink" }, "cache/laws-events", [
    ["src/token/TokenEvent.ts", "  } catch {\n", "  } catch (error) {\n    throw error\n"]
  ]),
  ...breaks("clear", "cache/laws-invalidation", [
    [
      state,
      'absence: "Cleared",\n  generation: state.generation + 1',
      'absence: "Cleared",\n  generation: state.generation'
    ],
    [
      ending,
      "Deferred.completeWith(flight.landing, course.again)",
      "Deferred.succeed(flight.landing, token)"
    ],
    [operations, "again: get,", "again: Effect.interrupt,"]
  ]),
  ...breaks("a flight", "cache/flight-isolation", [
    // whose surroundings a flight has
    [flight, "      root: true,\n", ""],
    [flight, "links: Option.toArray(starter)", "links: Option.toArray(Option.none<Tracer.AnySpan>())"],
    [operations, "const fiber = fork(", "const fiber = Effect.runFork("]
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
    ["src/TokenProvider.ts", "  get: Effect.fail(error),", '  get: Effect.dieMessage("unconfigured"),']
  ]),
  ...breaks("names every missing key", "provider/configuration", [
    [
      "src/TokenProvider.ts",
      "return [...issuesOf(error.left), ...issuesOf(error.right)]",
      "return issuesOf(error.left)"
    ]
  ]),

  ...breaks("S1", "wire/client-authentication", [
    // the encodings, and what is encoded
    [authentication, 'self.encoding === "form" ? formEncode', 'self.encoding === "raw" ? formEncode'],
    [authentication, "${encode(self.clientId)}", "${self.clientId}"],
    [authentication, "encode(Redacted.value(self.clientSecret))", "Redacted.value(self.clientSecret)"],
    [authentication, "Encoding.encodeBase64(pair)", "Encoding.encodeBase64Url(pair)"],
    [body, 'new URLSearchParams({ "": text }).toString().slice(1)', "encodeURIComponent(text)"]
  ]),
  ...breaks("S2", "wire/client-authentication", [
    // two methods at once, by the library or by the grant's own parameters
    [
      authentication,
      "        parameters: {},\n        authorization: Redacted.make(",
      "        parameters: { client_id: self.clientId, client_secret: self.clientSecret },\n        authorization: Redacted.make("
    ],
    [
      authentication,
      "        authorization: undefined,\n        secrets: [self.clientSecret]",
      "        authorization: self.clientSecret,\n        secrets: [self.clientSecret]"
    ],
    [endpoint, "...unauthenticated(parameters)", "...parameters"],
    [endpoint, '["client_secret", "client_assertion", "client_assertion_type"]', '["client_secret"]']
  ]),
  ...breaks("S2", "wire/decorated-clients", [
    [transport, 'Headers.remove(changed.headers, "authorization")', "changed.headers"]
  ]),
  ...breaks("S2", "wire/request-init", [
    [transport, 'Headers.remove(Headers.fromInput(init.headers), "authorization")', "init.headers"]
  ]),
  ...breaks({ law: "S2", named: "counts for" }, "wire/request-init", [
    [transport, "Context.getOption(context, FetchHttpClient.RequestInit)", "Option.none<RequestInit>()"]
  ]),
  ...breaks({ law: "S2", named: "takes" }, "wire/request-init", [
    [transport, '{ ...init, headers, redirect: "manual" }', '{ headers, redirect: "manual" }']
  ]),
  ...breaks({ law: "S2", named: "leaves" }, "wire/request-init", [
    [transport, "        Effect.mapInputContext(identity<Context.Context<never>>),\n", ""]
  ]),
  ...breaks("S3", "wire/s3-https", [
    [url, "(allowLoopbackHttp && url.protocol", "(url.protocol"],
    [url, 'url.protocol === "http:" && isLoopback(url.hostname)', 'url.protocol === "http:"'],
    [url, 'allowLoopbackHttp && url.protocol === "http:" &&', "allowLoopbackHttp &&"],
    [url, 'hostname === "[::1]"', 'hostname === "localhost"'],
    [url, "\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}$/", "\\./"],
    [transport, "    yield* refuseUnsafe(request, options)\n", ""],
    [transport, "allowLoopbackHttp = false", "allowLoopbackHttp = true"],
    [
      discovery,
      "parseEndpoint(options.issuer, options.allowLoopbackHttp)",
      "parseEndpoint(options.issuer, true)"
    ],
    [
      "src/provider/internal/endpoint.ts",
      "      allowLoopbackHttp,\n      requestFormat",
      "      requestFormat"
    ]
  ]),
  ...breaks("S3", "wire/discovery", [
    [discovery, '"token_endpoint") ?? "", options.allowLoopbackHttp)', '"token_endpoint") ?? "", true)']
  ]),
  ...breaks("S4", "wire/s4-redirects", [
    // followed; believed, of the client's own accord; taken for something else
    [transport, 'redirect: "manual"', 'redirect: "follow"'],
    [transport, "sent.url !== request.url", 'sent.url === ""'],
    [transport, "wentElsewhere(error.request)\n", "false\n"],
    ["src/wire/status.ts", "status < 400)", "status < 304)"],
    ["src/wire/tokenAnswer.ts", "  if (isRedirect(status)) {", "  if (status < 0) {"],
    [discovery, "answer.wentElsewhere || isRedirect(status)", "answer.wentElsewhere"]
  ]),
  ...breaks("S5", "wire/s5-size-cap", [
    [transport, "({ size }) => size <= sizeCap", "() => true"],
    [transport, "size > sizeCap ? undefined : decodeUtf8(chunks)", "decodeUtf8(chunks)"],
    [transport, "sizeCap = 1_048_576", "sizeCap = 1_048_577"],
    [transport, "sizeCap = 1_048_576", "sizeCap = 1_048_575"],
    [discovery, "return body === undefined\n", "return status < 0\n"]
  ]),
  ...breaks("S6", "wire/s6-deadline", [
    [transport, "Duration.toMillis(options.deadline)", "3_600_000"],
    [transport, "        Effect.disconnect,\n", ""],
    [transport, 'failWith("Timeout")', 'failWith("NoAnswer")']
  ]),
  ...breaks("S7", "http/s7-origins", [
    [originList, "matchers.some((matches) => matches(url))", "matchers.length > 0"],
    [originList, "isProtected(url, allowLoopbackHttp) && matchers", "matchers"],
    [
      originList,
      "passed.has(path === -1 ? url : url.slice(0, path))",
      "[...passed].some((origin) => url.startsWith(origin))"
    ],
    [
      originList,
      "if (!allowed(parsed)) return false",
      "passed.add(parsed.origin)\n    if (!allowed(parsed)) return false"
    ]
  ]),
  ...breaks("S7", "http/s7-wire", [
    [bearer, "last.url === request.url", "last.method === request.method"],
    [bearer, 'redirect: "manual"', 'redirect: "follow"']
  ]),
  ...breaks("S22", "http/s22-bearer", [
    [discretion, "if (tracer !== nativeTracer)", "if (tracer === nativeTracer)"],
    [discretion, "if (!names.includes(header))", "if (names.length === 0)"],
    [discretion, "return logsUnhandledErrors(fiber)", "return names.length === 0"],
    [discretion, "LogLevel.greaterThanEqual(", "LogLevel.greaterThan("],
    [discretion, "Exit.mapError(Exit.asVoid(exit), (error)", "Exit.mapError(exit, (error)"],
    [discretion, "? withoutTokenInError(error, Http", "? error ?? withoutTokenInError(error, Http"],
    [
      bearer,
      "outcome.onFailure(withoutTokenInError(error, request, withoutTokenReadAhead))",
      "outcome.onFailure(error)"
    ],
    [bearer, "outcome.onSuccess(withoutTokenReadAhead(response, request))", "outcome.onSuccess(response)"],
    [
      "src/http/bearerResponse.ts",
      "onLeft: (error) => Effect.fail(withoutTokenInResponseError(error, this))",
      "onLeft: (error) => Effect.fail(error)"
    ]
  ]),
  ...breaks({ law: "HTTP", named: "leaves" }, "http/bearer-context", [
    [bearer, "takesItsContextAway === true", "takesItsContextAway !== undefined"]
  ]),
  ...breaks("S8", "wire/client-authentication", [
    [url, "secretNames.test(name)", "name === undefined"],
    [url, 'url.username !== "" || url.password !== ""', 'url.username !== ""'],
    [url, 'url.username !== "" || url.password !== ""', 'url.password !== ""'],
    [url, 'url.hash !== ""', 'url.hash === "#"']
  ]),
  ...breaks("S16", "wire/discovery", [
    // not compared; compared otherwise than to the letter; the wrong one shown as it came
    [discovery, 'at(members, "issuer") !== issuer', 'at(members, "issuer") === undefined'],
    [
      discovery,
      'at(members, "issuer") !== issuer',
      'String(at(members, "issuer")).toLowerCase() !== issuer.toLowerCase()'
    ],
    [
      discovery,
      'at(members, "issuer") !== issuer',
      'String(at(members, "issuer")).replace(/\\/$/, "") !== issuer'
    ],
    [
      discovery,
      'at(members, "issuer") !== issuer',
      'new URL(textAt(members, "issuer") ?? "a:b").href !== new URL(issuer).href'
    ],
    [discovery, 'clean(textAt(members, "issuer") ?? "", [], 200)', 'textAt(members, "issuer") ?? ""']
  ]),
  ...breaks("S19", "wire/s19-token-type", [
    [answer, "type.trim().toLowerCase()", "type.trim()"],
    [answer, '!(typeof type === "string" && profile', '!(typeof type === "string" || profile'],
    [answer, "presentation: bearer", 'presentation: { header: "authorization", scheme: String(type) }'],
    ["src/wire/ResponseProfile.ts", 'bearerTypes: ["bearer"]', 'bearerTypes: ["bearer", "dpop"]']
  ]),
  ...breaks("S20", "wire/s21-server-text", [
    // an error that is none, none that is one; a page that is repeated, or taken for a form
    [answer, "if (error !== undefined || (status >= 400", "if ((status >= 400"],
    [answer, "const isError = isFailure ||", "const isError = isFailure &&"],
    [answer, "(!isBlank(error) && error !== false && error !== 0)", "error !== undefined"],
    [answer, "(!isBlank(error) && error !== false && error !== 0)", "!isBlank(error)"],
    [answer, '"the body is neither a JSON object nor a form"', "body"],
    ["src/wire/answerBody.ts", "[^<>]*$/", "/"]
  ]),
  ...breaks({ law: "errors", named: "a token URL that may be wrong" }, "wire/classification", [
    [answer, '    ? reason === "Refused"\n', "    ? false\n"],
    [answer, '    ? reason === "Refused"\n', "    ? code === undefined\n"],
    [answer, 'body?.trimStart().startsWith("<") === true', "false"],
    [answer, "It says: ${clean(said, [], 200)}", "It says: ${said}"]
  ]),
  ...breaks("S21", "wire/s21-server-text", [
    [clean, 'text.replaceAll(secret, "<redacted>")', "text"],
    [clean, 'head.replace(unprintable, " ")', "head"],
    [clean, ".slice(0, most)", ""],
    [clean, '.replace(halfCharacter, "")', ""],
    [clean, "text.slice(0, most + window)", "text"],
    [clean, "isWhole ? blotted : blotted.slice", "isWhole || known ? blotted : blotted.slice"],
    [clean, "known.some((secret) => joined.includes(secret))", "false"],
    // what is cleaned, and of which secrets
    [answer, "cleaned(error?.code, secrets, 100)", "error?.code"],
    [answer, "cleaned(error?.description, secrets, 300)", "cleaned(error?.description, secrets, 3_000)"],
    [answer, "cleaned(error?.description, secrets, 300)", "cleaned(error?.description, [], 300)"],
    [answer, "(text) => clean(text, secrets, 60_000)", "(text) => text"],
    [answer, "clean(String(value), secrets, 2_000)", "String(value)"],
    [answer, "[...asked.secrets, ...(members", "[...(members"],
    [answer, "...(members === undefined ? [] : secretsIn(members, profile))", ""],
    [endpoint, "[...authentication.secrets, ...secretsOf(parameters)]", "secretsOf(parameters)"],
    [endpoint, "[...authentication.secrets, ...secretsOf(parameters)]", "authentication.secrets"],
    [authentication, "secrets: [self.clientSecret, credentials]", "secrets: [self.clientSecret]"],
    // the spellings of a secret
    [clean, "[encodeURIComponent(secret), formEncode(secret)]", "[formEncode(secret)]"],
    [clean, "[encodeURIComponent(secret), formEncode(secret)]", "[encodeURIComponent(secret)]"],
    [clean, "octet.toLowerCase()", "octet"],
    [clean, 'json.replaceAll("/", "\\\\/")', "json"],
    [clean, '.padStart(4, "0")', ""],
    [clean, "htmlEntities[character] ?? character", "character"],
    [clean, 'Encoding.encodeBase64(secret).replace(/=+$/, "")', "secret"],
    [clean, "    Encoding.encodeBase64Url(secret)", "    secret"]
  ]),
  ...breaks("S30", "http/s30-replay", [
    ["src/http/withToken.ts", " || !exchange.isReplayable) return answer", ") return answer"],
    [
      "src/http/withToken.ts",
      "if (isSameValue(token, refused)) return answer",
      "if (token === refused) return answer"
    ],
    [
      bearer,
      'error._tag === "ResponseError" && error.response.status === 401',
      'error._tag === "ResponseError" && error.response.status === 0'
    ],
    [bearer, "response.status === 401 ? replayed", "response.status >= 400 ? replayed"]
  ]),
  ...breaks("L10", "http/bearer-laws", [
    [
      "src/http/withToken.ts",
      "yield* provider.invalidate(refused)",
      'yield* Effect.as(provider.clear, "Invalidated")'
    ]
  ]),

  ...breaks("L14", "tenants/Recency", [
    [recency, "    this.touch(entry, now)\n    return entry.value", "    return entry.value"],
    [recency, "    this.#entries.delete(key)\n", ""],
    [recency, "this.#oldest ??= entry", "this.#oldest = entry"],
    [recency, "if (entry.older !== undefined) entry.older.newer = entry.newer", ""],
    [recency, "if (this.#newest === entry) this.#newest = entry.older", ""],
    [recency, "if (this.#oldest === entry) this.#oldest = entry.newer", ""]
  ]),
  // each by the test that is named: the one of any schedule takes long
  ...breaks({ law: "L14", named: "what nobody asks for" }, "tenants/TenantProvider", [
    [tenants, "const isIdle = now - entry.usedAt >= idleTime", "const isIdle = false"],
    [tenants, "Schedule.spaced(Duration.millis(idleTime / 10))", "Schedule.stop"],
    [tenants, 'isIdle ? "Idle" : "Capacity"', '"Capacity"'],
    [recency, "    entry.usedAt = now\n", ""]
  ]),
  ...breaks({ law: "L14", named: "the token that" }, "tenants/TenantProvider", [
    [tenants, "keepWithin(capacity - 1, now, 16)", "keepWithin(capacity, now, 16)"],
    [tenants, "const state = states.use(key.id, now)", "const state = states.peek(key.id)"]
  ]),
  ...breaks({ law: "L14", named: "a flight under way" }, "tenants/TenantProvider", [
    [tenants, "value.current.flight === undefined && ", ""]
  ]),
  ...breaks({ law: "L14", named: "a refresh token" }, "tenants/TenantProvider", [
    [tenants, " && !holdsGrant(value.current)) {", ") {"],
    [tenants, "(Option.isSome(held.refreshToken) || ", "("]
  ]),
  ...breaks({ law: "L9", named: "what was presented" }, "tenants/TenantProvider", [
    [tenants, " || Option.isSome(held.presentedAt))", ")"]
  ]),
  ...breaks({ law: "L14", named: "those that were spared" }, "tenants/TenantProvider", [
    [tenants, "if (holdsGrant(value.current)) states.touch(entry, now)", "states.touch(entry, now)"]
  ]),
  ...breaks("L3", "tenants/TenantProvider", [
    [tenants, "if (state === undefined || flight === undefined) return", "if (now >= 0) return"]
  ]),
  ...breaks({ law: "L14", named: "each key" }, "tenants/TenantProvider", [
    [tenants, "states.add(key.id, state, now)", "states.add(key.tenant ?? key.id, state, now)"]
  ]),
  ...breaks({ law: "L14", named: "a number" }, "tenants/TenantProvider", [
    [tenants, "if (!(capacity >= 1))", "if (!(capacity >= 0))"],
    [tenants, "if (!(idleTime > 0))", "if (!(idleTime >= 0))"]
  ]),
  ...breaks({ law: "L14", named: "a tenant's provider" }, "tenants/TenantProvider", [
    [tenants, "states.use(key.id, epochMillis)", "states.peek(key.id)"],
    [tenants, "value.current = State.cleared(value.current)", ""],
    [tenants, "nameOf({ provider: name, tenant: key.tenant })), context)", "name), context)"]
  ]),
  ...breaks("L14", "tenants/TokenKey", [
    // what makes a key another, what does not, and what it shows
    [tokenKey, '.filter((member) => member !== "").sort()', '.filter((member) => member !== "")'],
    [tokenKey, "[...new Set(members)]", "[...members]"],
    [tokenKey, "return JSON.stringify(fields)", "return fields.join()"],
    [tokenKey, "    audience,\n    clientId,\n", "    clientId,\n"],
    [tokenKey, "entries.length === 0 ? undefined : entries", "undefined"],
    [tokenKey, "`${this.storedAs}#${this.digest}`", "this.storedAs"],
    [
      tokenKey,
      "Encoding.encodeBase64Url(new Uint8Array(digest))",
      "`${Redacted.value(secret)}${digest.byteLength}`"
    ],
    [tokenKey, "salt + Redacted.value(secret)", "salt"]
  ]),
  ...breaks("L1", "cache/fresh-reading", [[fresh, "  readings.set(get, fresh)\n", ""]]),
  ...breaks("L2", "cache/fresh-reading", [
    [operations, "epochMillis < state.current.refreshAt", "epochMillis < state.current.expiresAt"]
  ]),

  ...breaks("TokenManager", "TokenManager", [
    ["src/TokenManager.ts", "options?.force === true ? provider.refresh : provider.get", "provider.get"],
    ["src/TokenManager.ts", "          yield* close(replaced)\n", ""],
    [
      "src/TokenManager.ts",
      "Effect.as(close(removed), Option.isSome(removed))",
      "Effect.succeed(Option.isSome(removed))"
    ],
    ["src/TokenManager.ts", "ExecutionStrategy.parallel", "ExecutionStrategy.sequential"]
  ])
]
