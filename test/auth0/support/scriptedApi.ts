import * as HttpClient from "@effect/platform/HttpClient"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import { RequestError } from "@effect/platform/HttpClientError"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { TestTokenProvider } from "effect-oauth/testing"
import { Auth0Users } from "effect-oauth/auth0"

/** What the Management API does with one request. */
export type Step = (
  request: Parameters<typeof HttpClientResponse.fromWeb>[0]
) => Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError>

export const respond =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Step =>
  (request) =>
    Effect.sync(() => {
      const text = typeof body === "string" ? body : JSON.stringify(body)
      const isBodiless = status === 204 || status === 304
      return HttpClientResponse.fromWeb(request, new Response(isBodiless ? null : text, { status, headers }))
    })

/** A request that fails with a code of the runtime. */
export const broken =
  (code: string): Step =>
  (request) =>
    new RequestError({ request, reason: "Transport", cause: Object.assign(new Error(code), { code }) })

export const hang: Step = () => Effect.never

export const slow =
  (takes: Duration.DurationInput, step: Step): Step =>
  (request) =>
    Effect.delay(step(request), takes)

export const jane = { user_id: "auth0|1", email: "jane@example.com" }

export const ok = respond(200, jane)

export const tooMany = (headers: Readonly<Record<string, string>>): Step =>
  respond(
    429,
    { statusCode: 429, error: "Too Many Requests", message: "Global limit has been reached" },
    headers
  )

export interface ScriptedApi {
  readonly users: Auth0Users.Service
  /** The instants of the requests, in milliseconds. */
  readonly at: ReadonlyArray<number>
}

/** A client whose API answers by a script, on the clock of the test; the last step repeats. */
export const scripted = (
  steps: readonly [Step, ...ReadonlyArray<Step>],
  options?: Auth0Users.Options
): Effect.Effect<ScriptedApi, never, Scope.Scope> =>
  Effect.gen(function* () {
    const at: Array<number> = []
    const client = HttpClient.make((request) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const step = steps[Math.min(at.push(now), steps.length) - 1] ?? steps[0]
        return step(request)
      })
    )
    const provider = TestTokenProvider.make("test/Management", "a-management-token", {
      origins: ["https://tenant.example.com"]
    })
    const users = yield* Effect.orDie(
      Effect.provideService(Auth0Users.make(provider, options), HttpClient.HttpClient, client)
    )
    return { users, at }
  })
