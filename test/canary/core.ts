import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import type { TokenStatus } from "effect-oauth"
import {
  AccessToken,
  BearerClient,
  ClientAuthentication,
  ClientCredentials,
  Discovery,
  GenericOAuth,
  Grant,
  RefreshPolicy,
  ResponseProfile,
  TokenCache,
  TokenEndpoint,
  TokenError,
  TokenEvent,
  TokenManager,
  TokenProvider
} from "effect-oauth"
import { inspect } from "node:util"
import { settle } from "../support/clock.js"
import type { Entry, Exercise } from "./lives.js"
import {
  Api,
  clientSecret,
  life,
  origins,
  otherSecret,
  own,
  policy,
  presented,
  refusals,
  served,
  settings,
  token,
  tokenUrl,
  valueOf,
  vault
} from "./lives.js"
import { marks } from "./marks.js"
import * as Servers from "./servers.js"
import type { Exhibit } from "./witness.js"

const isPure = {
  boolean: "tells yes or no",
  arithmetic: "arithmetic on instants",
  profile: "data on how servers spell their answers"
}

const values: Readonly<Record<string, Entry>> = {
  "AccessToken.AccessToken": Effect.gen(function* () {
    const provider = yield* TokenProvider.make({ name: "app/Api", grant: vault(marks.accessToken) })
    const acquired = yield* provider.get
    return { shows: [token, acquired], holds: [valueOf(token), valueOf(acquired)] }
  }),
  "AccessToken.bearer": "the name of a header and a scheme",
  "AccessToken.header": Effect.sync(() => {
    const header = AccessToken.header(token)
    return { shows: [header], holds: [Redacted.value(header[1])] }
  }),
  "AccessToken.headers": Effect.sync(() => {
    const inAnyHeader = presented({ header: "x-functions-key", scheme: undefined })
    const shows = [token, inAnyHeader].map(AccessToken.headers)
    return { shows, holds: shows.map((headers) => Object.values(headers).join()) }
  }),
  "AccessToken.isExpired": Effect.sync(() => ({
    shows: [AccessToken.isExpired(token)],
    holds: [valueOf(token)]
  })),
  "AccessToken.isExpiredAt": isPure.boolean,
  "AccessToken.isSameValue": isPure.boolean,
  "AccessToken.never": "an instant",
  "AccessToken.remaining": Effect.sync(() => ({
    shows: [AccessToken.remaining(token)],
    holds: [valueOf(token)]
  })),
  "AccessToken.remainingAt": "a duration",
  "Grant.make": Effect.gen(function* () {
    const grant = vault(marks.accessToken)
    const request = grant.request(Option.none())
    const issued = yield* request
    const held: Grant.Held = {
      accessToken: Option.some(token),
      refreshToken: Option.fromNullable(issued.refreshToken),
      presentedAt: Option.none()
    }
    return {
      shows: [grant, request, issued, held, grant.request(Option.some(held))],
      holds: [Redacted.value(issued.value)]
    }
  }),
  "Grant.presentation": "the name of a header and a scheme",
  "RefreshPolicy.defaults": "numbers",
  "RefreshPolicy.expiresAt": isPure.arithmetic,
  "RefreshPolicy.lastInstant": isPure.arithmetic,
  "RefreshPolicy.make": "numbers, or which of them make no sense",
  "RefreshPolicy.refreshAt": isPure.arithmetic,
  "RefreshPolicy.rejectedWindowEnd": isPure.arithmetic,
  "RefreshPolicy.windowEnd": isPure.arithmetic,
  "ResponseProfile.make": isPure.profile,
  "ResponseProfile.standard": isPure.profile,
  "ResponseProfiles.apigee": isPure.profile,
  "ResponseProfiles.gitHub": isPure.profile,
  "ResponseProfiles.hubSpot": isPure.profile,
  "ResponseProfiles.intuit": isPure.profile,
  "ResponseProfiles.linkedIn": isPure.profile,
  "ResponseProfiles.salesforce": isPure.profile,
  "ResponseProfiles.slackBot": isPure.profile,
  "ResponseProfiles.slackUser": isPure.profile
}

const basic = ClientAuthentication.basic("a-client", clientSecret)
const raw = ClientAuthentication.basic("a-client", clientSecret, "raw")
const post = ClientAuthentication.post("a-client", clientSecret)

/** How an endpoint is spoken to, each with its own way to carry the secret. */
const manners: ReadonlyArray<Pick<TokenEndpoint.TokenEndpoint, "clientAuthentication" | "requestFormat">> = [
  { clientAuthentication: basic, requestFormat: "form" },
  { clientAuthentication: raw, requestFormat: "json" },
  { clientAuthentication: post, requestFormat: "form" },
  { clientAuthentication: post, requestFormat: "json" }
]

const endpoint = (manner: (typeof manners)[number]): TokenEndpoint.TokenEndpoint => ({
  ...manner,
  provider: "app/Api",
  url: new URL(tokenUrl),
  profile: ResponseProfile.make({ keep: ["instance_url", "said"] }),
  deadline: Duration.seconds(10)
})

const parameters: TokenEndpoint.Parameters = {
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

const wire: Readonly<Record<string, Entry>> = {
  "ClientAuthentication.apply": authentication(raw),
  "ClientAuthentication.basic": authentication(basic),
  "ClientAuthentication.none": "a public client has no secret",
  "ClientAuthentication.post": authentication(post),
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

const answers = { ...Servers.refusals, ...Servers.failures }
const answer = (name: string): Servers.Answer =>
  answers[name] ?? (() => Effect.dieMessage(`there is no answer "${name}"`))

const errors: Readonly<Record<string, Entry>> = {
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
  "TokenError.CredentialRejected": failing("CredentialRejected", answer("an error with a description")),
  "TokenError.InvalidConfiguration": failing("InvalidConfiguration", Servers.token, {
    // what a client with a base URL does
    through: HttpClient.mapRequest(HttpClientRequest.prependUrl("https://proxy.example.com"))
  }),
  "TokenError.InvalidTokenResponse": failing("InvalidTokenResponse", answer("a page under 200")),
  "TokenError.LoginFailed": raised(new TokenError.LoginFailed({ provider: "app/Api", reason: "Denied" })),
  "TokenError.ReauthorizationRequired": Effect.gen(function* () {
    const server = Servers.server(answer("a user's grant that is gone"))
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
  "TokenError.TokenError": failing("CredentialRejected", answer("an error that is the secret")),
  "TokenError.TransientFailure": failing("TransientFailure", answer("a broken connection")),
  "TokenError.isTokenError": isPure.boolean
}

/** The life of a provider that emits every event there is, and is in every state that there is. */
const everything: Exercise = Effect.gen(function* () {
  const events: Array<TokenEvent.TokenEvent> = []
  const statuses: Array<TokenStatus.TokenStatus> = []
  const latch = yield* Effect.makeLatch()
  const server = Servers.server(
    Servers.shortToken,
    Servers.nextToken,
    (request, said) => Effect.zipRight(latch.await, Servers.nextToken(request, said)),
    Servers.shortToken,
    Servers.shortToken,
    answer("a server that is down"),
    answer("an error with a description")
  )
  const api = Servers.server(Servers.unauthorized, Servers.ok)
  const shows = yield* Effect.gen(function* () {
    const provider = yield* served(GenericOAuth.make("app/Api", settings), server)
    const look = Effect.flatMap(provider.status, (status) => Effect.sync(() => statuses.push(status)))
    yield* look
    yield* provider.get
    yield* look
    const http = yield* served(BearerClient.make(Effect.succeed(provider)), api)
    const response = yield* http.get("https://api.example.com")
    const refreshing = yield* Effect.fork(provider.refresh)
    yield* settle
    yield* provider.clear
    yield* look
    yield* latch.open
    yield* Fiber.join(refreshing)
    const refreshed = yield* provider.refresh
    yield* TestClock.adjust("50 seconds")
    yield* look
    for (const wait of ["2 seconds", "10 seconds", "1 second"] as const) {
      yield* provider.get.pipe(Effect.ignore)
      yield* settle
      yield* look
      yield* TestClock.adjust(wait)
    }
    const error = yield* Effect.flip(provider.get)
    yield* look
    return [provider, http, response, refreshed, error]
  }).pipe(Effect.provideService(TokenEvent.TokenEventSink, { emit: (event) => void events.push(event) }))
  const missing = [
    ...[
      "Acquired",
      "Refreshed",
      "RefreshFailed",
      "Rejected",
      "Discarded",
      "Invalidated",
      "Cleared",
      "Replayed"
    ].filter((tag) => events.every(({ _tag }) => _tag !== tag)),
    ...["Empty", "Fresh", "Due"].filter((state) => statuses.every((status) => status.state !== state)),
    ...(statuses.some(({ isRefreshing }) => isRefreshing) ? [] : ["refreshing"]),
    ...(statuses.some(({ windowUntil }) => Option.isSome(windowUntil)) ? [] : ["an open window"])
  ]
  if (missing.length > 0) return yield* Effect.dieMessage(`there was no ${missing.join(", ")}`)
  return { shows: [...events, ...statuses, ...shows], holds: [...server.heard, ...api.heard] }
})

const events: Readonly<Record<string, Entry>> = {
  "TokenEvent.TokenEvent": everything,
  "TokenEvent.TokenEventSink": Effect.map(TokenEvent.TokenEventSink, (sink) => ({
    shows: [TokenEvent.TokenEventSink, sink, Context.make(TokenEvent.TokenEventSink, sink)],
    holds: [valueOf(token)]
  })),
  "TokenEvent.unsafeEmit": Effect.sync(() => {
    const emit = () => {
      throw new Error(`a sink that knows ${valueOf(token)}`)
    }
    const event = TokenEvent.TokenEvent.Cleared({ provider: "app/Api", at: DateTime.unsafeMake(0) })
    TokenEvent.unsafeEmit({ emit }, event)
    return { shows: [event], holds: [valueOf(token)] }
  })
}

/** A `ConfigError` of every kind, each with a secret in its message. */
const configError = ConfigError.And(
  ConfigError.Or(
    ConfigError.InvalidData(["A", "B"], `"${marks.otherSecret}" is no number`),
    ConfigError.MissingData(["C"], `nothing beside ${marks.otherSecret}`)
  ),
  ConfigError.And(
    ConfigError.SourceUnavailable(["D"], marks.otherSecret, Cause.die(new Error(marks.otherSecret))),
    ConfigError.Unsupported(["E"], marks.otherSecret)
  )
)

const inLayer = <E>(layer: Layer.Layer<Api, E>) =>
  Effect.gen(function* () {
    const built = yield* Layer.build(layer)
    const provider = Context.get(built, Api)
    const { holds, shows } = yield* life(Effect.succeed(provider))
    return { shows: [layer, built, ...shows], holds }
  })

const providers: Readonly<Record<string, Entry>> = {
  "TokenCache.make": Effect.gen(function* () {
    const made = TokenCache.make({
      provider: "app/Api",
      grant: vault(marks.accessToken, marks.nextToken),
      policy: RefreshPolicy.defaults
    })
    const cache = yield* made
    const token = yield* cache.get
    const next = yield* cache.refresh
    const outcomes = [yield* cache.invalidate(token), yield* cache.status, yield* cache.clear]
    return {
      shows: [made, cache, Object.values(cache), token, next, outcomes],
      holds: [valueOf(token), valueOf(next)]
    }
  }),
  "TokenManager.make": Effect.gen(function* () {
    const tokens = yield* TokenManager.make({
      good: () => own(marks.accessToken, marks.nextToken),
      bad: (name) =>
        served(GenericOAuth.make(name, settings), Servers.server(answer("an error with a description")))
    })
    const token = yield* tokens.get("good")
    const more = yield* tokens.add("more", () => own(marks.otherSecret))
    const refreshed = yield* more.refreshAll
    const shows = [
      ...[
        tokens,
        more,
        Object.values(tokens),
        token,
        refreshed,
        yield* tokens.statusAll,
        yield* more.status("more")
      ],
      ...[yield* tokens.provider("good"), yield* Effect.exit(tokens.get("bad")), yield* more.remove("more")],
      yield* Effect.flip(more.get("more"))
    ]
    return { shows, holds: [valueOf(token)] }
  }),
  "TokenProvider.Tag": Effect.gen(function* () {
    const provider = yield* own(marks.accessToken)
    const token = yield* provider.get
    return { shows: [Api, Api.of(provider), Context.make(Api, provider)], holds: [valueOf(token)] }
  }),
  "TokenProvider.fromConfigError": Effect.sync(() => ({
    shows: [TokenProvider.fromConfigError("app/Api", configError)],
    holds: [inspect(configError)]
  })),
  "TokenProvider.layer": Effect.suspend(() =>
    inLayer(TokenProvider.layer(Api, { grant: vault(marks.accessToken, marks.nextToken), policy, origins }))
  ),
  "TokenProvider.layersOf": Effect.suspend(() => {
    const layers = TokenProvider.layersOf(
      (name: string, { secret }: { readonly secret: Redacted.Redacted }) =>
        TokenProvider.make({ name, grant: vault(Redacted.value(secret)) })
    )
    const secret = Redacted.make<string>(marks.accessToken)
    return Effect.map(
      Effect.all([
        inLayer(layers.layer(Api, { secret })),
        inLayer(layers.layerConfig(Api, { secret: Config.succeed(secret) })),
        inLayer(layers.layerConfigOptional(Api, { secret: Config.succeed(secret) }))
      ]),
      (all) => ({
        shows: [layers, ...all.flatMap(({ shows }) => shows)],
        holds: all.flatMap(({ holds }) => holds)
      })
    )
  }),
  "TokenProvider.make": Effect.suspend(() => life(own(marks.accessToken, marks.nextToken))),
  "TokenProvider.unconfigured": Effect.gen(function* () {
    const provider = TokenProvider.unconfigured(
      "app/Api",
      TokenProvider.fromConfigError("app/Api", configError)
    )
    const outcomes = [
      yield* Effect.exit(provider.get),
      yield* Effect.exit(provider.headers),
      yield* provider.status
    ]
    return { shows: [provider, Object.values(provider), ...outcomes], holds: [inspect(configError)] }
  })
}

export const core: Readonly<Record<string, Entry>> = {
  ...values,
  ...wire,
  ...errors,
  ...events,
  ...providers
}
