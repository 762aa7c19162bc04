import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"

/** A client that sends as the given one does, and how many requests it has sent. */
export const countRequests = (
  client: HttpClient.HttpClient
): Effect.Effect<{ readonly client: HttpClient.HttpClient; readonly sent: Effect.Effect<number> }> =>
  Effect.map(Ref.make(0), (sent) => ({
    client: HttpClient.transform(client, (response) =>
      Effect.zipRight(
        Ref.update(sent, (n) => n + 1),
        response
      )
    ),
    sent: Ref.get(sent)
  }))
