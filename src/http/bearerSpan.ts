/**
 * Spans of a client that sends a token, without the token: the attributes of a client's span show the headers of its
 * request, and the exit that a span ends with holds the request itself.
 */
import * as Headers from "@effect/platform/Headers"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Tracer from "effect/Tracer"
import { withoutTokenInError } from "./bearerResponse.js"

/** Has the spans of an effect redact a header, and end without the request that carried it. */
export const withoutTokenInSpans =
  (request: HttpClientRequest.HttpClientRequest, header: string) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.tracerWith((tracer) =>
      effect.pipe(
        Effect.locallyWith(Headers.currentRedactedNames, (names) => [...names, header]),
        Effect.withTracer(discreet(tracer, request))
      )
    )

const discreet = (tracer: Tracer.Tracer, request: HttpClientRequest.HttpClientRequest): Tracer.Tracer =>
  Tracer.make({
    span: (...options) => {
      const span = tracer.span(...options)
      const end = span.end.bind(span)
      return Object.assign(span, {
        end: (endTime: bigint, exit: Exit.Exit<unknown, unknown>) =>
          end(endTime, withoutRequest(exit, request))
      })
    },
    context: (f, fiber) => tracer.context(f, fiber)
  })

const withoutRequest = (
  exit: Exit.Exit<unknown, unknown>,
  request: HttpClientRequest.HttpClientRequest
): Exit.Exit<unknown, unknown> =>
  Exit.mapError(Exit.asVoid(exit), (error) => withoutTokenInError(error, request))
