import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"

/** An answer as it stands on the wire. */
export interface WireAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: BodyInit | null
}

/** A client whose server answers every request with the same bytes. */
export const answeringClient = (answer: WireAnswer): HttpClient.HttpClient =>
  HttpClient.make((request) => Effect.sync(() => HttpClientResponse.fromWeb(request, responseOf(answer))))

const responseOf = ({ body, headers, status }: WireAnswer): Response =>
  new Response(status === 204 || status === 205 || status === 304 ? null : body, { status, headers })
