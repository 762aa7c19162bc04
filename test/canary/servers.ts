import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import { marks } from "./marks.js"

type Request = HttpClientRequest.HttpClientRequest

/** All that a request carries, as a server that says everything back would say it. */
const echo = (request: Request): string =>
  `${request.method} ${request.url} ${JSON.stringify(Object.entries(request.headers))} ${bodyOf(request)}`

const bodyOf = ({ body }: Request): string => {
  switch (body._tag) {
    case "Uint8Array":
      return new TextDecoder().decode(body.body)
    case "Raw":
      return String(body.body)
    default:
      return ""
  }
}

export type Answer = (
  request: Request,
  said: string
) => Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>

/** A server in memory, and what its clients said. */
export interface Server {
  readonly client: HttpClient.HttpClient
  readonly heard: ReadonlyArray<string>
}

export const server = (...answers: readonly [Answer, ...ReadonlyArray<Answer>]): Server => {
  const heard: Array<string> = []
  const client = HttpClient.make((request) => {
    const said = echo(request)
    const answer = answers[Math.min(heard.push(said), answers.length) - 1] ?? answers[0]
    return answer(request, said)
  })
  return { client, heard }
}

const respond =
  (init: ResponseInit | ((said: string) => ResponseInit), body: (said: string) => string | null): Answer =>
  (request, said) =>
    Effect.sync(() =>
      HttpClientResponse.fromWeb(
        request,
        new Response(body(said), typeof init === "function" ? init(said) : init)
      )
    )

const respondWith =
  (response: () => Response): Answer =>
  (request) =>
    Effect.sync(() => HttpClientResponse.fromWeb(request, response()))

/** A body that a caller cannot be kept from seeing is no leak; headers of the answer stand in spans. */
const chatty = (said: string): Record<string, string> => ({
  "x-echo": encodeURIComponent(said),
  "www-authenticate": `Basic realm="${encodeURIComponent(said)}"`,
  "set-cookie": `session=${marks.otherSecret}`
})

const json = (status: number, members: (said: string) => Readonly<Record<string, unknown>>): Answer =>
  respond(
    (said) => ({ status, headers: { "content-type": "application/json", ...chatty(said) } }),
    (said) => JSON.stringify(members(said))
  )

const tokenMembers = {
  access_token: marks.accessToken,
  token_type: "Bearer",
  expires_in: 3600,
  refresh_token: marks.refreshToken,
  id_token: marks.idToken
}

/** Answers that bring a token, and more than one asked for. */
export const token: Answer = json(200, (said) => ({
  ...tokenMembers,
  scope: `read ${marks.accessToken} ${said}`,
  instance_url: `https://api.example.com/${marks.accessToken}`,
  said
}))

export const nextToken: Answer = json(200, () => ({ ...tokenMembers, access_token: marks.nextToken }))

/** A token that is good for a minute. */
export const shortToken: Answer = json(200, () => ({ ...tokenMembers, expires_in: 60 }))

/** A server that has documents, one for each request. */
export const documents = (all: ReadonlyArray<Readonly<Record<string, unknown>>>): Server =>
  server(...nonEmpty(all.map((document) => json(200, () => document))))

export const nonEmpty = (answers: ReadonlyArray<Answer>): readonly [Answer, ...ReadonlyArray<Answer>] => {
  const [first = token, ...rest] = answers
  return [first, ...rest]
}

/** An API's answers: what they say is the caller's to read, so no secret stands in it. */
export const ok: Answer = respond({ status: 200 }, () => "it is done")
export const unauthorized: Answer = respond({ status: 401 }, () => "who are you")

const far = "x".repeat(262)

/** Answers that bring none and say everything back, by what makes each of them different. */
export const refusals: Readonly<Record<string, Answer>> = {
  "an error with a description": json(401, (said) => ({ error: "invalid_client", error_description: said })),
  "a description that is cut where a secret stands": json(400, () => ({
    error: "invalid_request",
    error_description: `${far} ${marks.clientSecret} ${marks.clientSecret}`
  })),
  "an error that is the secret": json(400, () => ({ error: marks.clientSecret })),
  "an error that is the Basic pair": json(401, (said) => ({
    error: /Basic ([\w+/=]+)/.exec(said)?.[1] ?? said
  })),
  "an error that is the secret in base64": json(400, () => ({
    error: Buffer.from(marks.clientSecret).toString("base64")
  })),
  "an error under 200": json(200, (said) => ({
    ...tokenMembers,
    error: "access_denied",
    error_description: said
  })),
  "the spelling of Google": json(403, (said) => ({ error: { code: 403, status: said, message: said } })),
  "the spelling of Okta": json(400, (said) => ({ errorCode: marks.clientSecret, errorSummary: said })),
  "the spelling of Apigee": json(401, (said) => ({
    fault: { faultstring: said, detail: { errorcode: said } }
  })),
  "a user's grant that is gone": json(400, (said) => ({ error: "invalid_grant", error_description: said })),
  "an unknown code with other secrets": json(400, () => ({
    ...tokenMembers,
    error: marks.accessToken,
    error_description: `not ${marks.accessToken} nor ${marks.refreshToken} nor ${marks.idToken}`
  })),
  "a page under 500": respond(
    { status: 500, headers: { "content-type": "text/html" } },
    (said) => `<h1>${said}</h1>`
  ),
  "a page under 403": respond(
    { status: 403, headers: { "content-type": "text/html" } },
    (said) => `<h1>${said}</h1>`
  ),
  "a page under 200": respond(
    { status: 200, headers: { "content-type": "text/html" } },
    (said) => `<h1>${said}</h1>`
  ),
  "plain text": respond({ status: 400, headers: { "content-type": "text/plain" } }, (said) => said),
  "a form": respond({ status: 400 }, (said) =>
    new URLSearchParams({ error: said, message: said }).toString()
  ),
  "too many requests": json(429, (said) => ({ error: "slow_down", error_description: said })),
  "a server that is down": json(503, (said) => ({ error: said, error_description: said })),
  "a redirect": respond(
    (said) => ({
      status: 307,
      headers: { location: `https://other.example.com/?${encodeURIComponent(said)}` }
    }),
    () => null
  ),
  "no token": json(200, () => ({ refresh_token: marks.refreshToken, id_token: marks.idToken })),
  "a token that is none": json(200, () => ({ ...tokenMembers, access_token: `${marks.accessToken}\n` })),
  "a token of another kind": json(200, (said) => ({
    ...tokenMembers,
    token_type: `${marks.clientSecret} ${said}`
  })),
  "a token in a list": json(200, () => ({ ...tokenMembers, access_token: [marks.accessToken] })),
  "a body over the cap": respond({ status: 200 }, (said) => `{"said":"${said.padEnd(1_100_000)}"}`)
}

/** An error of an HTTP client that keeps everything, as those of many clients do. */
const failure =
  (reason: "Transport" | "Encode" | "InvalidUrl"): Answer =>
  (request, said) =>
    Effect.fail(
      new HttpClientError.RequestError({
        request,
        reason,
        cause: Object.assign(new Error(`sent: ${said}`), { config: { said }, request, code: "ECONNRESET" }),
        description: `failed after: ${said}`
      })
    )

/** Failures of a client, by what makes each of them different. */
export const failures: Readonly<Record<string, Answer>> = {
  "a broken connection": failure("Transport"),
  "an error whose code says it": (request, said) =>
    Effect.fail(
      new HttpClientError.RequestError({
        request,
        reason: "Transport",
        cause: Object.assign(new Error("failed"), { code: `E_${said}` })
      })
    ),
  "a request that cannot be encoded": failure("Encode"),
  "a URL that makes no sense": failure("InvalidUrl"),
  "a body that breaks off": (request, said) =>
    Effect.sync(() =>
      HttpClientResponse.fromWeb(
        request,
        new Response(
          new ReadableStream({
            start: (controller) => {
              controller.enqueue(new TextEncoder().encode(said))
              controller.error(new Error(`broken after: ${said}`))
            }
          })
        )
      )
    ),
  "a status that is a failure": (request, said) =>
    Effect.fail(
      new HttpClientError.ResponseError({
        request,
        response: HttpClientResponse.fromWeb(
          request,
          new Response(said, { status: 418, headers: chatty(said) })
        ),
        reason: "StatusCode",
        cause: new Error(said),
        description: said
      })
    ),
  "a client that sends it elsewhere": (request, said) =>
    Effect.sync(() =>
      HttpClientResponse.fromWeb({ ...request, url: `https://other.example.com/${said}` }, new Response(said))
    )
}

/** Failures of a client that has sent a token to an API, with the request in them as far as it can be. */
export const apiFailures: Readonly<Record<string, Answer>> = {
  "an error whose cause holds the request": (request) =>
    Effect.fail(
      new HttpClientError.RequestError({
        request,
        reason: "Transport",
        cause: Object.assign(new Error("reset"), { request, headers: { ...request.headers } })
      })
    ),
  "an error that wraps another": (request) =>
    Effect.fail(
      new HttpClientError.RequestError({
        request,
        reason: "Transport",
        cause: new HttpClientError.RequestError({ request, reason: "Encode" })
      })
    ),
  "a status that is a failure": (request) =>
    Effect.fail(
      new HttpClientError.ResponseError({
        request,
        response: HttpClientResponse.fromWeb(request, new Response("no", { status: 418 })),
        reason: "StatusCode"
      })
    ),
  "a body that breaks off": respondWith(
    () => new Response(new ReadableStream({ start: (controller) => controller.error(new Error("broken")) }))
  ),
  "a page that is not there": respond({ status: 404 }, () => "not here")
}

/** The answer, or the failure, of a name. */
export const answer = (name: string): Answer =>
  ({ ...refusals, ...failures })[name] ?? (() => Effect.dieMessage(`there is no answer "${name}"`))
