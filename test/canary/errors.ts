import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { identity } from "effect/Function"
import { GenericOAuth, Grant, TokenEndpoint, TokenError, TokenProvider } from "effect-oauth"
import type { Entry, Exercise } from "./lives.js"
import { clientSecret, served, settings, valueOf, vault } from "./lives.js"
import { marks } from "./marks.js"
import * as Servers from "./servers.js"
import { endpoint, parameters, post } from "./wire.js"

/** A provider whose server gives one answer, and what it says of it. */
const failing = (
  tag: TokenError.TokenError["_tag"],
  answer: Servers.Answer,
  { through }: { readonly through: (client: HttpClient.HttpClient) => HttpClient.HttpClient } = {
    through: identity
  }
): Exercise =>
  Effect.gen(function* () {
    const server = Servers.server(answer)
    const provider = yield* served(GenericOAuth.make("app/Api", settings), {
      client: through(server.client)
    })
    return yield* failures(tag, provider, [...server.heard, Redacted.value(settings.clientSecret)])
  })

const failures = (
  tag: TokenError.TokenError["_tag"],
  provider: TokenProvider.TokenProvider,
  heard: ReadonlyArray<string>
) =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(provider.get)
    if (error._tag !== tag) return yield* Effect.dieMessage(`${error._tag} instead of ${tag}`)
    const inWindow = yield* Effect.flip(provider.get)
    const exit = yield* Effect.exit(provider.refresh)
    const status = yield* provider.status
    const encoded = yield* Schema.encode(TokenError.TokenError)(error)
    const decoded = yield* Schema.decode(TokenError.TokenError)(encoded)
    return { shows: [provider, error, inWindow, exit, status, encoded, decoded], holds: heard }
  })

/** A provider of one's own that has a token, and then fails with what no exchange of this version fails with. */
const raised = (error: TokenError.TokenError): Exercise =>
  Effect.gen(function* () {
    const before = vault(marks.accessToken)
    const provider = yield* TokenProvider.make({
      name: "app/Api",
      grant: Grant.make({
        name: "own",
        request: (previous) => (Option.isNone(previous) ? before.request(previous) : Effect.fail(error))
      })
    })
    const token = yield* provider.get
    yield* provider.clear
    return yield* failures(error._tag, provider, [valueOf(token)])
  })

export const errors: Readonly<Record<string, Entry>> = {
  "TokenError.ConfigurationIssue": Effect.gen(function* () {
    const options = {
      clientId: "",
      clientSecret,
      tokenUrl: `https://a-user:${marks.otherSecret}@example.com`
    }
    const error = yield* Effect.flip(
      served(GenericOAuth.make("app/Api", options), Servers.server(Servers.token))
    )
    return { shows: [error, ...error.issues], holds: [options.tokenUrl] }
  }),
  "TokenError.CredentialRejected": failing(
    "CredentialRejected",
    Servers.answer("an error with a description")
  ),
  "TokenError.InvalidConfiguration": failing("InvalidConfiguration", Servers.token, {
    // what a client with a base URL does
    through: HttpClient.mapRequest(HttpClientRequest.prependUrl("https://proxy.example.com"))
  }),
  "TokenError.InvalidTokenResponse": failing("InvalidTokenResponse", Servers.answer("a page under 200")),
  "TokenError.LoginFailed": raised(new TokenError.LoginFailed({ provider: "app/Api", reason: "Denied" })),
  "TokenError.ReauthorizationRequired": Effect.gen(function* () {
    const server = Servers.server(Servers.answer("a user's grant that is gone"))
    const request = TokenEndpoint.exchange(
      endpoint({ clientAuthentication: post, requestFormat: "form" }),
      parameters,
      "log in"
    )
    const provider = yield* TokenProvider.make({
      name: "app/Api",
      grant: Grant.make({ name: "own", replay: "once", request: () => served(request, server) })
    })
    return yield* failures("ReauthorizationRequired", provider, server.heard)
  }),
  "TokenError.StoreFailure": raised(
    new TokenError.StoreFailure({ provider: "app/Api", reason: "Unavailable", key: "a-key" })
  ),
  "TokenError.TokenError": failing("CredentialRejected", Servers.answer("an error that is the secret")),
  "TokenError.TransientFailure": failing("TransientFailure", Servers.answer("a broken connection")),
  "TokenError.isTokenError": "tells yes or no"
}
