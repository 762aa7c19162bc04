import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import { Grant, TokenEndpoint, TokenError, TokenProvider } from "effect-oauth"
import type { Draft, Mutation } from "../support/answerMutations.js"
import { draftOf, mutations, render, seen } from "../support/answerMutations.js"
import { cases, rerun, seed } from "../support/cases.js"
import { clientSecret, endpoint } from "../support/exchange.js"
import { renderings } from "../support/renderings.js"

const refreshToken = "canary-refresh-token"

const remedy = "ask the user"

const echoes = [
  clientSecret,
  encodeURIComponent(clientSecret),
  [...clientSecret].join("\0"),
  Buffer.from(clientSecret).toString("base64"),
  refreshToken
]

/** Recognizable parts of the secrets that were sent, which no error may show. */
const traces = [
  "canary-head",
  "canary-tail",
  Buffer.from("canary-head").toString("base64").slice(0, 12),
  refreshToken
]

/** A broken escape before an echo swallows its first letters: the rest is not the secret. */
const withoutItsBeginning = /(?:(?<!c)anary|(?<!a)nary)-head[^]{0,120}?canary-tail/g

const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/** A client whose server sends the draft, breaks off, or stalls. */
const clientOf = (draft: Draft): HttpClient.HttpClient =>
  HttpClient.make((request) =>
    draft.fate === "Refused"
      ? Effect.fail(
          new HttpClientError.RequestError({
            request,
            reason: "Transport",
            cause: Object.assign(new Error(clientSecret), { code: "ECONNREFUSED" })
          })
        )
      : Effect.sync(() => {
          const { headers, status } = draft
          const isBare = status === 204 || status === 205 || status === 304
          return HttpClientResponse.fromWeb(
            request,
            new Response(isBare ? null : bodyOf(draft), { status, headers })
          )
        })
  )

const bodyOf = (draft: Draft): BodyInit => {
  const bytes = render(draft)
  if (draft.fate === "Whole") return Uint8Array.from(bytes)
  return new ReadableStream({
    pull: (controller) => {
      controller.enqueue(bytes.slice(0, bytes.length / 2))
      if (draft.fate === "BreaksOff") controller.error(new Error(clientSecret))
      return new Promise<void>(() => undefined)
    }
  })
}

interface Case {
  readonly answer: Parameters<typeof draftOf>[0]
  readonly mutations: ReadonlyArray<Mutation>
  readonly ofUser: boolean
}

/** The outcome of an exchange, through the code path of every grant. */
const outcomeOf = ({ answer, mutations, ofUser }: Case) => {
  const draft = mutations.reduce((draft, mutation) => mutation.apply(draft), draftOf(answer))
  const parameters = { grant_type: "refresh_token", refresh_token: Redacted.make(refreshToken) }
  const deadline = Duration.millis(draft.fate === "Stalls" ? 5 : 60_000)
  return TokenEndpoint.exchange(
    endpoint(new URL("https://login.example.com/token"), { profile: answer.profile, deadline }),
    parameters,
    ofUser ? remedy : undefined
  ).pipe(Effect.either, Effect.provideService(HttpClient.HttpClient, clientOf(draft)))
}

const expectText = (text: string, most: number) => {
  expect(text).not.toBe("")
  expect(text).not.toMatch(unprintable)
  expect(text.length).toBeLessThanOrEqual(most + 1)
}

const expectSaneError = (error: TokenError.TokenError, earliest: number) => {
  expect(TokenError.isTokenError(error)).toBe(true)
  expect(error.provider).toBe("test/Api")
  expect(error.isRetryable).toBe(error._tag === "TransientFailure")
  expectText(error.message, 1_000)
  if ("status" in error && error.status !== undefined) {
    expect(Number.isInteger(error.status) && error.status >= 200 && error.status < 600).toBe(true)
  }
  if ("code" in error && error.code !== undefined) expectText(error.code, 100)
  if ("description" in error && error.description !== undefined) expectText(error.description, 300)
  if (error._tag === "TransientFailure") {
    expect(DateTime.toEpochMillis(error.retryAt)).toBeGreaterThanOrEqual(earliest)
  }
  if (error._tag === "ReauthorizationRequired") expect(error.remedy).toBe(remedy)
  for (const rendered of renderings(error)) {
    const shown = rendered.replaceAll(withoutItsBeginning, "")
    for (const trace of [...traces, "canary-page"]) {
      if (shown.includes(trace)) expect.fail(`the error shows ${trace}: ${rendered}`)
    }
  }
}

const expectSaneDuration = (duration: Duration.Duration | undefined) => {
  if (duration === undefined) return
  expect(Duration.isFinite(duration)).toBe(true)
  expect(Duration.toMillis(duration)).toBeGreaterThan(0)
}

const expectSaneToken = (issued: Grant.Issued) => {
  expect(Redacted.value(issued.value)).toMatch(/^[\x21-\x7e]+$/)
  expectSaneDuration(issued.expiresIn)
  expectSaneDuration(issued.refreshIn)
  for (const scope of issued.scopes ?? []) expect(scope).not.toBe("")
  if (issued.refreshToken !== undefined) expect(Redacted.value(issued.refreshToken)).not.toBe("")
  for (const value of Object.values(issued.parameters ?? {})) expect(typeof value).toBe("string")
}

/** What a provider does with a token: hands it out, or rejects it because it had expired on arrival. */
const carry = (issued: Grant.Issued) =>
  Effect.gen(function* () {
    const grant = Grant.make({ name: "test", request: () => Effect.succeed(issued) })
    const provider = yield* TokenProvider.make({ name: "test/Api", grant, policy: { attempts: 1 } })
    const token = yield* Effect.either(provider.get)
    const status = yield* provider.status
    expect(Number.isFinite(status.remainingSeconds)).toBe(true)
    if (Either.isLeft(token)) {
      expect(token.left).toMatchObject({ _tag: "TransientFailure", reason: "ExpiredOnArrival" })
      return "expired on arrival"
    }
    expect(Redacted.value(token.right.value)).toBe(Redacted.value(issued.value))
    expect(DateTime.greaterThan(token.right.expiresAt, token.right.issuedAt)).toBe(true)
    expect((yield* provider.headers)["authorization"]).toBe(`Bearer ${Redacted.value(issued.value)}`)
    return "handed out"
  }).pipe(Effect.scoped)

/** Enough cases for every class of outcome to occur. */
const numRuns = cases(1_000)

const everyClass = [
  "Token",
  "TransientFailure NotSent",
  "TransientFailure NoAnswer",
  "TransientFailure Timeout",
  "TransientFailure RateLimited",
  "TransientFailure ServerError",
  "CredentialRejected InvalidClient",
  "CredentialRejected InvalidGrant",
  "CredentialRejected InvalidScope",
  "CredentialRejected InvalidRequest",
  "CredentialRejected Refused",
  "ReauthorizationRequired InvalidGrant",
  "InvalidTokenResponse Redirect",
  "InvalidTokenResponse TooLarge",
  "InvalidTokenResponse UnknownShape",
  "InvalidTokenResponse NoAccessToken",
  "InvalidTokenResponse MalformedToken",
  "InvalidTokenResponse UnknownTokenType"
]

const anyCase: FastCheck.Arbitrary<Case> = FastCheck.record({
  answer: seen,
  mutations: mutations(echoes),
  ofUser: FastCheck.boolean()
})

/** Prints a failing case by name. */
const described = (arbitrary: FastCheck.Arbitrary<Case>) =>
  arbitrary.map((one) => ({
    ...one,
    [FastCheck.toStringMethod]: () =>
      [
        one.answer.name,
        ...one.mutations.map(({ name }) => name),
        one.ofUser ? "of a user" : "of a machine"
      ].join(" | ")
  }))

describe("the decoder", () => {
  it("gives a token or a typed error, whatever a server responds", async () => {
    const counts = new Map<string, number>()
    const count = (outcome: string) => counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
    let run = 0
    await FastCheck.assert(
      FastCheck.asyncProperty(described(anyCase), (one) =>
        Effect.runPromise(
          Effect.gen(function* () {
            // the test runner needs a free event loop now and then to hear from this worker
            if (++run % 50 === 0) yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
            const earliest = Date.now()
            const outcome = yield* outcomeOf(one)
            if (Either.isLeft(outcome)) {
              count(`${outcome.left._tag} ${"reason" in outcome.left ? outcome.left.reason : ""}`)
              expectSaneError(outcome.left, earliest)
            } else {
              count("Token")
              expectSaneToken(outcome.right)
              count(`(a token that is ${yield* carry(outcome.right)})`)
            }
          })
        )
      ),
      { numRuns, seed }
    )
    const told = [...counts].sort(([a], [b]) => a.localeCompare(b)).map(([outcome, n]) => `${n} ${outcome}`)
    console.log(`outcomes of ${numRuns} cases:\n  ${told.join("\n  ")}`)
    expect(
      everyClass.filter((outcome) => !counts.has(outcome)),
      `not met with ${rerun}`
    ).toEqual([])
  })
})
