/**
 * An authorization server for tests, behind an `HttpClient`: no socket, Effect's clock, and the manners of a real one.
 *
 * It answers token requests (client credentials and refresh tokens), metadata requests at its issuer, and, so that what is
 * done with a token can be tested too, every other request as a protected API would: 200 for an active bearer token,
 * 401 otherwise.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import type { AccessToken } from "../token/AccessToken.js"
import type { Answer } from "./Answer.js"
import { connectionRefused } from "./Answer.js"
import type { Behaviour, Client } from "./internal/behaviour.js"
import { defaultClients, defaults } from "./internal/behaviour.js"
import { handle } from "./internal/handle.js"
import type { IssuedToken } from "./internal/issuing.js"
import * as Issuing from "./internal/issuing.js"
import { arrival } from "./internal/reading.js"
import type { SeenRequest } from "./internal/SeenRequest.js"
import * as State from "./internal/state.js"
import { transmit } from "./internal/transmit.js"

export type {
  /**
   * How the server behaves.
   *
   * @since 0.1.0
   * @category models
   */
  Behaviour,
  /**
   * A registered client. One without a secret is public, and says its `client_id` only. One without a list of scopes gets
   * whatever it asks for.
   *
   * @since 0.1.0
   * @category models
   */
  Client
} from "./internal/behaviour.js"
export type {
  /**
   * An access token that the server issued.
   *
   * @since 0.1.0
   * @category models
   */
  IssuedToken
} from "./internal/issuing.js"
export type {
  /**
   * A request that a client sent. What is secret in it is redacted: the `Authorization` header, and the parameters that are
   * secrets or tokens.
   *
   * @since 0.1.0
   * @category models
   */
  SeenRequest
} from "./internal/SeenRequest.js"

/**
 * Where the server stands and what it starts with; everything else of it is {@link Behaviour} and can be changed later.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Partial<Behaviour> {
  /** The issuer's identifier. Default: `https://login.example.com`. */
  readonly issuer?: string | undefined
  /** Who may ask. Default: `a-client` with the secret `a-secret`. */
  readonly clients?: ReadonlyArray<Client> | undefined
}

/**
 * The server, as a test sees it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly issuer: string
  /**
   * The token endpoint's URL. Any other URL does as well: a POST that carries a `grant_type` is a token request wherever
   * it goes, so that the presets of real servers work unchanged.
   */
  readonly tokenUrl: string
  readonly client: HttpClient.HttpClient
  readonly layer: Layer.Layer<FakeAuthorizationServer | HttpClient.HttpClient>

  /** Every request so far, in order. */
  readonly requests: Effect.Effect<ReadonlyArray<SeenRequest>>
  /** The requests to the token endpoint. */
  readonly tokenRequests: Effect.Effect<ReadonlyArray<SeenRequest>>
  /** How many requests to the token endpoint there were. */
  readonly tokenRequestCount: Effect.Effect<number>
  /** The requests to protected resources. */
  readonly resourceRequests: Effect.Effect<ReadonlyArray<SeenRequest>>
  /** The access tokens that were issued, in order. */
  readonly issued: Effect.Effect<ReadonlyArray<IssuedToken>>
  /** Whether a token is good by now: issued here, neither expired, revoked nor (a refresh token) used up. */
  readonly isActive: (token: AnyToken) => Effect.Effect<boolean>

  /** Answers for the next token requests, one each. They come before anything else. */
  readonly respondNext: (...answers: ReadonlyArray<Answer>) => Effect.Effect<void>
  /** Answers for the next metadata requests. */
  readonly respondNextMetadata: (...answers: ReadonlyArray<Answer>) => Effect.Effect<void>
  /** Answers for the next requests to protected resources. */
  readonly respondNextResource: (...answers: ReadonlyArray<Answer>) => Effect.Effect<void>
  /** The answer to every token and metadata request, until `up`. */
  readonly respondAlways: (answer: Answer) => Effect.Effect<void>
  /** Connections to the server are refused, until `up`. Protected resources go on. */
  readonly down: Effect.Effect<void>
  /** The server answers as usual. */
  readonly up: Effect.Effect<void>
  /** Every client is refused with `invalid_client`, until `acceptCredentials`. */
  readonly rejectCredentials: Effect.Effect<void>
  readonly acceptCredentials: Effect.Effect<void>
  /** Protected resources refuse every token, active ones as well, until `acceptTokens`. */
  readonly refuseTokens: Effect.Effect<void>
  readonly acceptTokens: Effect.Effect<void>
  /** Gives a client another secret; the one before is refused from now on. */
  readonly rotateSecret: (clientId: string, clientSecret: string | Redacted.Redacted) => Effect.Effect<void>
  /** Revokes an access token, or a refresh token with everything that came of it. */
  readonly revoke: (token: AnyToken) => Effect.Effect<void>
  /** Revokes every token. */
  readonly revokeAll: Effect.Effect<void>
  /** Takes note of a user's consent: a refresh token for a client, the first one unless another is named. */
  readonly consent: (options?: {
    readonly clientId?: string
    readonly scopes?: ReadonlyArray<string>
  }) => Effect.Effect<Redacted.Redacted>
  /** Changes how the server behaves from now on. */
  readonly configure: (behaviour: Partial<Behaviour>) => Effect.Effect<void>
}

/**
 * A token in any form.
 *
 * @since 0.1.0
 * @category models
 */
export type AnyToken = string | Redacted.Redacted | AccessToken

/**
 * The server's tag: a test that uses {@link layer} reaches the server by it.
 *
 * @since 0.1.0
 * @category tags
 */
export class FakeAuthorizationServer extends Context.Tag("effect-oauth/testing/FakeAuthorizationServer")<
  FakeAuthorizationServer,
  Service
>() {}

/**
 * A server. What it knows lives as long as somebody holds it; there is nothing to close.
 *
 * @example
 * ```ts
 * import { AzureAd } from "effect-oauth"
 * import { Answer, FakeAuthorizationServer } from "effect-oauth/testing"
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 *
 * const program = Effect.gen(function* () {
 *   const server = yield* FakeAuthorizationServer.make({ lifetime: "10 minutes" })
 *   const provider = yield* AzureAd.make("app/Graph", {
 *     tenantId: "a-tenant",
 *     clientId: "a-client",
 *     clientSecret: Redacted.make("a-secret"),
 *     scopes: "https://graph.microsoft.com/.default"
 *   }).pipe(Effect.provide(server.layer))
 *
 *   yield* server.respondNext(Answer.status(503, { retryAfter: 30 }))
 *   const failure = yield* Effect.flip(provider.get) // TransientFailure, to be tried again in 30 seconds
 *   const asked = yield* server.tokenRequestCount // 1
 *   return { failure, asked }
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<Service> =>
  Effect.gen(function* () {
    const { clients = defaultClients, issuer = "https://login.example.com", ...behaviour } = options
    const address = { issuer, tokenUrl: `${issuer.replace(/\/$/, "")}/oauth2/token` }
    const ref = yield* Ref.make(State.initial(address, { ...defaults, ...behaviour }, clients))
    const update = (change: (state: State.State) => State.State) => Ref.update(ref, change)
    const updateTokens = (change: (tokens: Issuing.Tokens) => Issuing.Tokens) =>
      update((state) => ({ ...state, tokens: change(state.tokens) }))
    const seen = (kind: SeenRequest["kind"]) =>
      Effect.map(Ref.get(ref), ({ requests }) => [...requests].filter((request) => request.kind === kind))

    const client = HttpClient.make((request, url) =>
      Effect.gen(function* () {
        const at = yield* Clock.currentTimeMillis
        const reply = yield* Ref.modify(ref, (state) => handle(state, arrival(address, request, url, at)))
        return yield* transmit(request, reply)
      })
    )

    const service: Service = {
      ...address,
      client,
      layer: Layer.suspend(() =>
        Layer.merge(
          Layer.succeed(HttpClient.HttpClient, client),
          Layer.succeed(FakeAuthorizationServer, service)
        )
      ),
      requests: Effect.map(Ref.get(ref), ({ requests }) => [...requests]),
      tokenRequests: seen("Token"),
      tokenRequestCount: Effect.map(seen("Token"), (requests) => requests.length),
      resourceRequests: seen("Resource"),
      issued: Effect.map(Ref.get(ref), ({ tokens }) => Issuing.inOrder(tokens)),
      isActive: (token) =>
        Effect.zipWith(Ref.get(ref), Clock.currentTimeMillis, ({ tokens }, now) =>
          Issuing.isActive(tokens, valueOf(token), now)
        ),
      respondNext: (...answers) => update((state) => State.script(state, "Token", answers)),
      respondNextMetadata: (...answers) => update((state) => State.script(state, "Metadata", answers)),
      respondNextResource: (...answers) => update((state) => State.script(state, "Resource", answers)),
      respondAlways: (standing) => update((state) => ({ ...state, standing })),
      down: update((state) => ({ ...state, standing: connectionRefused })),
      up: update((state) => ({ ...state, standing: undefined })),
      rejectCredentials: update((state) => ({ ...state, rejectsCredentials: true })),
      acceptCredentials: update((state) => ({ ...state, rejectsCredentials: false })),
      refuseTokens: update((state) => ({ ...state, refusesTokens: true })),
      acceptTokens: update((state) => ({ ...state, refusesTokens: false })),
      rotateSecret: (clientId, clientSecret) =>
        update((state) => State.rotateSecret(state, clientId, clientSecret)),
      revoke: (token) => updateTokens((tokens) => Issuing.revoke(tokens, valueOf(token))),
      revokeAll: updateTokens(Issuing.revokeAll),
      consent: (options = {}) => Ref.modify(ref, (state) => State.consent(state, options)),
      configure: (changes) => update((state) => ({ ...state, behaviour: { ...state.behaviour, ...changes } }))
    }
    return service
  })

const valueOf = (token: AnyToken): Redacted.Redacted =>
  typeof token === "string" ? Redacted.make(token) : Redacted.isRedacted(token) ? token : token.value

/**
 * A server as the `HttpClient` of a test, and itself beside it.
 *
 * @example
 * ```ts
 * import type * as HttpClient from "@effect/platform/HttpClient"
 * import { TokenProvider } from "effect-oauth"
 * import { FakeAuthorizationServer } from "effect-oauth/testing"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * class Graph extends TokenProvider.Tag("app/Graph")<Graph>() {}
 * declare const GraphLive: Layer.Layer<Graph, never, HttpClient.HttpClient>
 *
 * const program = Effect.gen(function* () {
 *   const graph = yield* Graph
 *   const server = yield* FakeAuthorizationServer.FakeAuthorizationServer
 *   yield* graph.get
 *   return yield* server.tokenRequestCount
 * }).pipe(Effect.provide(GraphLive.pipe(Layer.provideMerge(FakeAuthorizationServer.layer()))))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<FakeAuthorizationServer | HttpClient.HttpClient> =>
  Layer.unwrapEffect(Effect.map(make(options), (server) => server.layer))
