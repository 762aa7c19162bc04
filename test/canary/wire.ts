import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import {
  ClientAuthentication,
  ClientCredentials,
  Discovery,
  RefreshToken,
  ResponseProfile,
  TokenEndpoint
} from "effect-oauth"
import type { Entry, Exercise } from "./lives.js"
import { clientSecret, otherSecret, refusals, served, tokenUrl } from "./lives.js"
import { marks } from "./marks.js"
import * as Servers from "./servers.js"
import type { Exhibit } from "./witness.js"

const basic = ClientAuthentication.basic("a-client", clientSecret)
const raw = ClientAuthentication.basic("a-client", clientSecret, "raw")
export const post = ClientAuthentication.post("a-client", clientSecret)

/** How an endpoint is spoken to, each with its own way to carry the secret. */
const manners: ReadonlyArray<Pick<TokenEndpoint.TokenEndpoint, "clientAuthentication" | "requestFormat">> = [
  { clientAuthentication: basic, requestFormat: "form" },
  { clientAuthentication: raw, requestFormat: "json" },
  { clientAuthentication: post, requestFormat: "form" },
  { clientAuthentication: post, requestFormat: "json" }
]

export const endpoint = (manner: (typeof manners)[number]): TokenEndpoint.TokenEndpoint => ({
  ...manner,
  provider: "app/Api",
  url: new URL(tokenUrl),
  profile: ResponseProfile.make({ keep: ["instance_url", "said"] }),
  deadline: Duration.seconds(10)
})

export const parameters: TokenEndpoint.Parameters = {
  grant_type: "refresh_token",
  refresh_token: Redacted.make<string>(marks.refreshToken),
  password: otherSecret
}

const authentication = (self: ClientAuthentication.ClientAuthentication): Exercise =>
  Effect.sync(() => {
    const applied = ClientAuthentication.apply(self)
    return { shows: [self, applied], holds: applied.secrets.map((secret) => Redacted.value(secret)) }
  })

/** One exchange after the other, each with another answer. */
const exchanges = (manner: (typeof manners)[number]): Effect.Effect<Exhibit> =>
  Effect.gen(function* () {
    const answers = [Servers.token, ...Object.values(Servers.refusals), ...Object.values(Servers.failures)]
    const server = Servers.server(...Servers.nonEmpty(answers))
    const exits = yield* Effect.forEach(answers, (_, index) =>
      served(
        Effect.exit(
          TokenEndpoint.exchange(endpoint(manner), parameters, index % 2 === 0 ? undefined : "log in again")
        ),
        server
      )
    )
    return {
      shows: [endpoint(manner), parameters, TokenEndpoint.exchange(endpoint(manner), parameters), ...exits],
      holds: server.heard
    }
  })

export const wire: Readonly<Record<string, Entry>> = {
  "ClientAuthentication.apply": authentication(raw),
  "ClientAuthentication.basic": authentication(basic),
  "ClientAuthentication.none": "a public client has no secret",
  "ClientAuthentication.post": authentication(post),
  "RefreshToken.make": Effect.gen(function* () {
    const server = Servers.server(
      Servers.token,
      Servers.refusals["an error with a description"] ?? Servers.token
    )
    const made = RefreshToken.make(
      Effect.succeed(endpoint({ clientAuthentication: basic, requestFormat: "form" })),
      {
        provider: "app/Api",
        refreshToken: Redacted.make<string>(marks.refreshToken),
        parameters: { password: otherSecret }
      }
    )
    const grant = yield* served(made, server)
    const issued = yield* grant.request(Option.none())
    const error = yield* Effect.flip(grant.request(Option.none()))
    return { shows: [made, grant, issued, error], holds: [...server.heard, Redacted.value(issued.value)] }
  }),
  "ClientCredentials.make": Effect.gen(function* () {
    const server = Servers.server(
      Servers.token,
      Servers.refusals["an error with a description"] ?? Servers.token
    )
    const made = ClientCredentials.make(
      Effect.succeed(endpoint({ clientAuthentication: basic, requestFormat: "form" })),
      {
        scopes: ["read"],
        parameters: { password: otherSecret }
      }
    )
    const grant = yield* served(made, server)
    const issued = yield* grant.request(Option.none())
    const error = yield* Effect.flip(grant.request(Option.none()))
    return { shows: [made, grant, issued, error], holds: [...server.heard, Redacted.value(issued.value)] }
  }),
  "Discovery.discover": Effect.gen(function* () {
    const options: Discovery.Options = {
      provider: "app/Api",
      issuer: "https://login.example.com",
      allowLoopbackHttp: false,
      deadline: Duration.seconds(10)
    }
    const documents = [
      { issuer: options.issuer, token_endpoint: tokenUrl, client_secret: marks.otherSecret },
      { issuer: options.issuer, token_endpoint: `${tokenUrl}?client_secret=${marks.otherSecret}` },
      { issuer: options.issuer, token_endpoint: `https://a-user:${marks.otherSecret}@login.example.com` },
      { issuer: "https://another.example.com", client_secret: marks.otherSecret },
      { client_secret: marks.otherSecret }
    ]
    const server = Servers.documents(documents)
    const discover = Discovery.discover(options)
    const exits = yield* Effect.forEach(documents, () => served(Effect.exit(discover), server))
    const unsafe = { ...options, issuer: `https://a-user:${marks.otherSecret}@login.example.com` }
    const refused = yield* refusals(served(Discovery.discover(unsafe), server))
    return {
      shows: [discover, ...exits, ...refused],
      holds: documents.map((document) => JSON.stringify(document))
    }
  }),
  "Discovery.metadataUrl": "a URL made of an issuer's, which has no place for a secret",
  "TokenEndpoint.exchange": Effect.map(Effect.forEach(manners, exchanges), (all) => ({
    shows: all.flatMap(({ shows }) => shows),
    holds: all.flatMap(({ holds }) => holds)
  }))
}
