import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** An `HttpClient` before an API that refuses tokens, in memory and on the clock of the test. */
export interface ProtectedClient {
  readonly client: HttpClient.HttpClient
  /** The tokens that came, in their order. */
  readonly tokens: ReadonlyArray<string>
  /** How many requests were interrupted before their answer. */
  readonly interrupted: () => number
}

export const make = (options: {
  readonly accepts: (token: string) => boolean
  /** How long an answer takes. Default: no time. */
  readonly takes?: Duration.DurationInput
}): ProtectedClient => {
  const tokens: Array<string> = []
  let interrupted = 0
  const client = HttpClient.make((request) =>
    Effect.gen(function* () {
      const token = request.headers["authorization"]?.replace("Bearer ", "") ?? ""
      tokens.push(token)
      if (options.takes !== undefined && Duration.toMillis(options.takes) > 0)
        yield* Effect.sleep(options.takes)
      const status = options.accepts(token) ? 200 : 401
      return HttpClientResponse.fromWeb(request, Response.json({ status }, { status }))
    }).pipe(Effect.onInterrupt(() => Effect.sync(() => interrupted++)))
  )
  return { client, tokens, interrupted: () => interrupted }
}
