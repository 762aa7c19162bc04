/**
 * What the surroundings of a request would show of its token: the attributes of a client's span show the headers, the
 * exit that a span ends with holds the request itself, and so does the log of a fiber that fails inside a client.
 */
import * as Headers from "@effect/platform/Headers"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { withoutTokenInError } from "./bearerResponse.js"

/**
 * Has spans, logs and printed headers in an effect not show a header. Each setting of a fiber that is changed for a
 * while costs several times what the rest of a request with a token does: so only those are that would show it.
 */
export const discreetly =
  (fiber: Fiber.RuntimeFiber<unknown, unknown>, header: string) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
    let discreet = effect
    const tracer = fiber.currentTracer
    if (tracer !== nativeTracer) discreet = Effect.withTracer(discreet, discreetTracer(tracer))
    const names = fiber.getFiberRef(Headers.currentRedactedNames)
    if (!names.includes(header)) {
      discreet = Effect.locally(discreet, Headers.currentRedactedNames, [...names, header])
    }
    return logsUnhandledErrors(fiber) ? Effect.withUnhandledErrorLogLevel(discreet, Option.none()) : discreet
  }

/** The spans of the native tracer are shown to nobody. */
const nativeTracer = Context.get(DefaultServices.liveServices, Tracer.Tracer)

/** They are logged at debug level, and nothing below the minimum level is logged at all. */
const logsUnhandledErrors = (fiber: Fiber.RuntimeFiber<unknown, unknown>): boolean => {
  const level = fiber.getFiberRef(FiberRef.unhandledErrorLogLevel)
  return (
    Option.isSome(level) &&
    LogLevel.greaterThanEqual(level.value, fiber.getFiberRef(FiberRef.currentMinimumLogLevel))
  )
}

/** One for each tracer, so as not to make it for each request. */
const discreetTracer = (tracer: Tracer.Tracer): Tracer.Tracer => {
  const known = discreetTracers.get(tracer)
  if (known !== undefined) return known
  const discreet = Tracer.make({
    span: (...options) => {
      const span = tracer.span(...options)
      // some tracers give one span to all, or spans that cannot be changed
      if (discreetSpans.has(span)) return span
      const end = span.end.bind(span)
      const discreetEnd: Tracer.Span["end"] = (endTime, exit) => end(endTime, withoutHeaders(exit))
      if (!Object.isExtensible(span)) {
        return Object.create(span, { end: { value: discreetEnd } }) as Tracer.Span // what its prototype is
      }
      discreetSpans.add(span)
      return Object.assign(span, { end: discreetEnd })
    },
    context: tracer.context.bind(tracer)
  })
  discreetTracers.set(tracer, discreet)
  return discreet
}

const discreetSpans = new WeakSet<Tracer.Span>()

const discreetTracers = new WeakMap<Tracer.Tracer, Tracer.Tracer>()

const withoutHeaders = (exit: Exit.Exit<unknown, unknown>): Exit.Exit<unknown, unknown> =>
  Exit.mapError(Exit.asVoid(exit), (error) =>
    HttpClientError.isHttpClientError(error)
      ? withoutTokenInError(error, HttpClientRequest.make(error.request.method)(error.request.url))
      : error
  )
