import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** A request as it would have left. */
export interface Recorded {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Answer {
  readonly status?: number
  readonly body: unknown
}

/** A token answer of RFC 6749 §5.1. */
export const tokenAnswer: Answer = {
  body: { access_token: "an-access-token", token_type: "Bearer", expires_in: 3600 }
}

/** An HTTP client that keeps every request and answers all of them by a function. */
export const recordingClient = (answer: (request: Recorded) => Answer = () => tokenAnswer) => {
  const requests: Array<Recorded> = []
  const client = HttpClient.make((request, url) =>
    Effect.sync(() => {
      const bytes = request.body._tag === "Uint8Array" ? request.body.body : new Uint8Array()
      const recorded: Recorded = {
        method: request.method,
        url: url.href,
        headers: { ...request.headers },
        body: new TextDecoder().decode(bytes)
      }
      requests.push(recorded)
      const { body, status } = answer(recorded)
      return HttpClientResponse.fromWeb(request, Response.json(body, { status: status ?? 200 }))
    })
  )
  return { requests, layer: Layer.succeed(HttpClient.HttpClient, client) }
}

/** The only request there was. */
export const theOnly = (requests: ReadonlyArray<Recorded>): Recorded => {
  const [first, ...others] = requests
  if (first === undefined || others.length > 0)
    throw new Error(`there were ${requests.length} requests, not one`)
  return first
}

/** A form body as an object; a parameter that stands several times is joined by a bar. */
export const formOf = (request: Recorded): Readonly<Record<string, string>> => {
  const form = new URLSearchParams(request.body)
  return Object.fromEntries([...form.keys()].map((name) => [name, form.getAll(name).join("|")]))
}

/** What stands in a Basic header. */
export const basicOf = (request: Recorded): string =>
  Buffer.from((request.headers["authorization"] ?? "").replace(/^Basic /, ""), "base64").toString("utf8")
