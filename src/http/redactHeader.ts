/**
 * Keeps the token out of spans and logs: the attributes of a client's span show the headers, and the exit of a span and
 * the log of a fiber that fails inside the client show the request itself.
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
 * Redacts a header in the spans, logs and printed headers of an effect. Changing one setting of a fiber costs several
 * times as much as the rest of a request with a token, so only those settings are changed that would show the header.
 */
export const redactHeader =
  (fiber: Fiber.RuntimeFiber<unknown, unknown>, header: string) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
    let redacted = effect
    const tracer = fiber.currentTracer
    if (tracer !== nativeTracer) redacted = Effect.withTracer(redacted, redactingTracer(tracer))
    const names = fiber.getFiberRef(Headers.currentRedactedNames)
    if (!names.includes(header)) {
      redacted = Effect.locally(redacted, Headers.currentRedactedNames, [...names, header])
    }
    return logsUnhandledErrors(fiber) ? Effect.withUnhandledErrorLogLevel(redacted, Option.none()) : redacted
  }

/** The native tracer exports no spans, so nothing needs to be redacted for it. */
const nativeTracer = Context.get(DefaultServices.liveServices, Tracer.Tracer)

const logsUnhandledErrors = (fiber: Fiber.RuntimeFiber<unknown, unknown>): boolean => {
  const level = fiber.getFiberRef(FiberRef.unhandledErrorLogLevel)
  return (
    Option.isSome(level) &&
    LogLevel.greaterThanEqual(level.value, fiber.getFiberRef(FiberRef.currentMinimumLogLevel))
  )
}

/** Makes one redacting tracer for each tracer, not for each request. */
const redactingTracer = (tracer: Tracer.Tracer): Tracer.Tracer => {
  const known = redactingTracers.get(tracer)
  if (known !== undefined) return known
  const redacting = Tracer.make({
    span: (...options) => {
      const span = tracer.span(...options)
      // Some tracers share one span between all callers, and some have spans that cannot be changed.
      if (redactedSpans.has(span)) return span
      const end = span.end.bind(span)
      const redactedEnd: Tracer.Span["end"] = (endTime, exit) => end(endTime, withoutHeaders(exit))
      if (!Object.isExtensible(span)) {
        return Object.create(span, { end: { value: redactedEnd } }) as Tracer.Span // its prototype is a Span
      }
      redactedSpans.add(span)
      return Object.assign(span, { end: redactedEnd })
    },
    context: tracer.context.bind(tracer)
  })
  redactingTracers.set(tracer, redacting)
  return redacting
}

const redactedSpans = new WeakSet<Tracer.Span>()

const redactingTracers = new WeakMap<Tracer.Tracer, Tracer.Tracer>()

const withoutHeaders = (exit: Exit.Exit<unknown, unknown>): Exit.Exit<unknown, unknown> =>
  Exit.mapError(Exit.asVoid(exit), (error) =>
    HttpClientError.isHttpClientError(error)
      ? withoutTokenInError(error, HttpClientRequest.make(error.request.method)(error.request.url))
      : error
  )
