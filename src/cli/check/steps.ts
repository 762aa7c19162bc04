/** The four steps that show whether a provider works. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import * as Ref from "effect/Ref"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import type { ConfiguredProvider } from "../../config/ConfiguredProvider.js"
import type { AccessToken } from "../../token/AccessToken.js"
import { isExpired, isSameValue, never } from "../../token/AccessToken.js"
import type { TokenError } from "../../token/TokenError.js"
import type { TokenProvider } from "../../TokenProvider.js"
import type { Skipped } from "../checklist.js"
import { runChecklist } from "../checklist.js"
import type { Problem } from "../Problem.js"
import { fromTokenError } from "../Problem.js"
import { printable } from "../render/text.js"

/**
 * The steps by name, in their order: the settings are complete; a token is acquired; the second `get` answers the same
 * token without a request; a forced refresh makes a request and brings a valid token.
 */
export const stepNames = ["settings", "token", "cache", "refresh"] as const

/** One of them. */
export type StepName = (typeof stepNames)[number]

/**
 * A token, told without telling it. One that does not expire has neither `expiresAt` nor `lifetimeSeconds`.
 */
export interface TokenFacts {
  readonly fingerprint: string
  readonly scopes: ReadonlyArray<string>
  readonly expiresAt: string | null
  readonly lifetimeSeconds: number | null
}

/** The result of a step that ran. */
export type Taken =
  | {
      readonly step: StepName
      readonly outcome: "passed"
      readonly milliseconds: number
      readonly requests: number
      readonly token?: TokenFacts
    }
  | {
      readonly step: StepName
      readonly outcome: "failed"
      readonly milliseconds: number
      readonly requests: number
      readonly error: Problem
    }

/** The result of a step. Steps after a failed one are skipped, and so is the refresh of a fixed token. */
export type StepResult = Taken | Skipped<StepName>

/** Who watches the steps while they are taken. */
export interface Observer {
  readonly begun: (step: StepName) => Effect.Effect<void>
  readonly ended: (result: StepResult) => Effect.Effect<void>
}

/** Takes the steps until one fails. A rejected credential costs one request. */
export const takeSteps = (
  configured: ConfiguredProvider,
  observer: Observer
): Effect.Effect<ReadonlyArray<StepResult>, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const { client, sent } = yield* Effect.flatMap(HttpClient.HttpClient, countRequests)
    return yield* runChecklist<StepName, Taken, never>(stepNames, observer.ended, (report) => {
      const step = <A>(
        name: StepName,
        work: Effect.Effect<A, Problem, Scope.Scope>,
        factsOf?: (found: A) => Effect.Effect<TokenFacts>
      ): Effect.Effect<A, Problem, Scope.Scope> =>
        Effect.gen(function* () {
          yield* observer.begun(name)
          const before = yield* sent
          const [took, found] = yield* Effect.timed(Effect.either(work))
          const effort = {
            step: name,
            milliseconds: Math.round(Duration.toMillis(took)),
            requests: (yield* sent) - before
          }
          if (Either.isLeft(found)) {
            yield* report({ ...effort, outcome: "failed", error: found.left })
            return yield* Effect.fail(found.left)
          }
          const facts = factsOf === undefined ? {} : { token: yield* factsOf(found.right) }
          yield* report({ ...effort, outcome: "passed", ...facts })
          return found.right
        })

      const allSteps = Effect.gen(function* () {
        const provider = yield* step(
          "settings",
          Effect.provideService(problemOf(configured.make), HttpClient.HttpClient, client)
        )
        const first = yield* step("token", problemOf(provider.get), factsOf)
        yield* step("cache", getAgain(provider, first, sent), factsOf)
        if (configured.type === "static") return "a fixed token is never asked for"
        yield* step("refresh", refreshAnew(provider, sent), factsOf)
        return ""
      })
      return Effect.catchAll(Effect.scoped(allSteps), () => Effect.succeed("an earlier step failed"))
    })
  })

const problemOf = <A, R>(effect: Effect.Effect<A, TokenError, R>): Effect.Effect<A, Problem, R> =>
  Effect.mapError(effect, fromTokenError)

const getAgain = (provider: TokenProvider, first: AccessToken, sent: Effect.Effect<number>) =>
  Effect.gen(function* () {
    const before = yield* sent
    const second = yield* problemOf(provider.get)
    const requests = (yield* sent) - before
    if (requests === 0 && isSameValue(first, second)) return second
    return yield* Effect.fail<Problem>({
      tag: "NotCached",
      reason: requests === 0 ? "AnotherToken" : "AnotherRequest",
      message: `${configuredName(provider)}: the second get was not answered from the cache`,
      remedy:
        "A token that lives for seconds is due for refresh as soon as it is there. Look at the lifetime that the server gives its tokens, and at this provider's refresh margin."
    })
  })

const refreshAnew = (provider: TokenProvider, sent: Effect.Effect<number>) =>
  Effect.gen(function* () {
    const before = yield* sent
    const token = yield* problemOf(provider.refresh)
    const requests = (yield* sent) - before
    if (requests > 0 && !(yield* isExpired(token))) return token
    return yield* Effect.fail<Problem>({
      tag: "NotRefreshed",
      reason: requests > 0 ? "Expired" : "NoRequest",
      message: `${configuredName(provider)}: the forced refresh brought no new token`,
      remedy: "This provider's token is not one that is asked for; it cannot be refreshed."
    })
  })

const configuredName = ({ name }: TokenProvider): string => printable(name)

const factsOf = (token: AccessToken): Effect.Effect<TokenFacts> =>
  Effect.map(fingerprint(token.value), (fingerprint) => {
    const isEndless = DateTime.Equivalence(token.expiresAt, never)
    return {
      fingerprint,
      scopes: token.scopes.map(printable),
      expiresAt: isEndless ? null : DateTime.formatIso(token.expiresAt),
      lifetimeSeconds: isEndless
        ? null
        : Math.round(DateTime.distance(token.issuedAt, token.expiresAt) / 1000)
    }
  })

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

/**
 * What can be shown in a secret's place: the first eight digits of its SHA-256, enough to tell two tokens apart and
 * of no use to anybody else.
 */
export const fingerprint = (secret: Redacted.Redacted): Effect.Effect<string> =>
  Effect.map(
    Effect.promise(() =>
      globalThis.crypto.subtle.digest("SHA-256", new TextEncoder().encode(Redacted.value(secret)))
    ),
    (digest) => Encoding.encodeHex(new Uint8Array(digest, 0, 4))
  )
