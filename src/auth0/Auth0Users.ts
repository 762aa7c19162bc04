/**
 * The users of an Auth0 tenant, by its Management API.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as BearerClient from "../http/BearerClient.js"
import * as Auth0 from "../provider/Auth0.js"
import type { InvalidConfiguration } from "../token/TokenError.js"
import * as TokenProvider from "../TokenProvider.js"
import * as ManagementApi from "./internal/managementApi.js"
import * as operations from "./internal/operations.js"
import { sendWith } from "./internal/send.js"
import * as SentTokens from "./internal/sentTokens.js"
import type { Changes, NewUser, User } from "./User.js"
import type { Failure, UserAlreadyExists, UserNotFound } from "./UserError.js"

/**
 * The operations on users. Each of them ends within the deadline, waits for a rate limit, and is sent once more after a
 * failure that passes, where sending it twice does no harm: never a `create` that may have been done.
 *
 * - `isConfigured`: whether the settings were complete; if not, every operation fails with `InvalidConfiguration`.
 * - `create`: a user at a connection; its `user_id` is the one to keep.
 * - `get`: the user with an id.
 * - `findByEmail`: all users with this email, at most one for each connection. The case counts: database connections
 *   keep emails in lower case.
 * - `update`: changes what is given and leaves the rest. A key of the metadata that is `null` is removed.
 * - `delete`: afterwards there is no such user, whether there was one or not.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly isConfigured: boolean
  readonly create: (user: NewUser) => Effect.Effect<User, UserAlreadyExists | Failure>
  readonly get: (userId: string) => Effect.Effect<User, UserNotFound | Failure>
  readonly findByEmail: (email: string) => Effect.Effect<ReadonlyArray<User>, Failure>
  readonly update: (
    userId: string,
    changes: Changes
  ) => Effect.Effect<User, UserNotFound | UserAlreadyExists | Failure>
  readonly delete: (userId: string) => Effect.Effect<void, Failure>
}

/**
 * The users of the application's tenant. For a second tenant, make a tag of your own with {@link Service} and {@link make}.
 *
 * @since 0.1.0
 * @category tags
 */
export class Auth0Users extends Context.Tag("effect-oauth/auth0/Auth0Users")<Auth0Users, Service>() {}

/**
 * The numbers of the client.
 *
 * @since 0.1.0
 * @category models
 */
export type Options = ManagementApi.Options

/**
 * A client over a provider of tokens for the Management API, given by its tag or by any effect that brings one.
 *
 * Fails with `InvalidConfiguration` where the provider does not know the API's origin, or a number makes no sense.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <E, R>(
  provider: Effect.Effect<TokenProvider.TokenProvider, E, R>,
  options: Options = {}
): Effect.Effect<Service, E | InvalidConfiguration, R | HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const source = yield* provider
    const { deadline, rateLimitWaits, url } = yield* ManagementApi.of(source, options)
    const sent = yield* SentTokens.watch(source)
    const bearer = yield* BearerClient.make(Effect.succeed(sent.provider), {
      allowLoopbackHttp: options.allowLoopbackHttp
    })
    const http = bearer.pipe(
      HttpClient.mapRequest(HttpClientRequest.prependUrl(url)),
      HttpClient.mapRequest(HttpClientRequest.acceptJson),
      // the client's own spans show emails in URLs and passwords in bodies; the operation's span tells what may be told
      HttpClient.withTracerDisabledWhen(() => true)
    )
    const send = sendWith({ http, deadline, rateLimitWaits, sentTokens: sent.last })
    return {
      isConfigured: source.isConfigured,
      create: (user) => send(operations.create(user)),
      get: (userId) => send(operations.get(userId)),
      findByEmail: (email) => send(operations.findByEmail(email)),
      update: (userId, changes) => send(operations.update(userId, changes)),
      delete: (userId) => send(operations.remove(userId))
    }
  })

/** The credential behind the layers below. */
class Management extends TokenProvider.Tag("effect-oauth/auth0/Management")<Management>() {}

const fromManagement = (options: Options | undefined) => Layer.effect(Auth0Users, make(Management, options))

/**
 * A layer from settings: those of the `Auth0` provider, and the client's numbers.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  settings: Auth0.Options & Options
): Layer.Layer<Auth0Users, InvalidConfiguration, HttpClient.HttpClient> =>
  Layer.provide(fromManagement(settings), Auth0.layer(Management, settings))

/** An empty variable is one that is not set, and white space around a value is what a file or a shell left there. */
const text = (name: string) => Config.map(Config.nonEmptyString(name), (value) => value.trim())

/**
 * Where the settings are, if nothing else is said: `AUTH0_DOMAIN`, `AUTH0_CLIENT_ID` and `AUTH0_CLIENT_SECRET`.
 *
 * @since 0.1.0
 * @category config
 */
export const environment = {
  domain: text("AUTH0_DOMAIN"),
  clientId: text("AUTH0_CLIENT_ID"),
  clientSecret: Config.redacted(text("AUTH0_CLIENT_SECRET"))
} satisfies Config.Config.Wrap<Auth0.Options>

/**
 * A layer from `Config`. Fails with `InvalidConfiguration`, which names every missing key.
 *
 * With a custom domain, the Management API keeps the identifier with the tenant's own domain, so that `audience` has to
 * be given.
 *
 * @example
 * ```ts
 * import { Auth0Users } from "effect-oauth/auth0"
 * import * as Config from "effect/Config"
 *
 * const UsersLive = Auth0Users.layerConfig({
 *   ...Auth0Users.environment,
 *   audience: Config.string("AUTH0_MANAGEMENT_AUDIENCE") // https://example.eu.auth0.com/api/v2/
 * })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  config: Config.Config.Wrap<Auth0.Options> = environment,
  options?: Options
): Layer.Layer<Auth0Users, InvalidConfiguration, HttpClient.HttpClient> =>
  Layer.provide(fromManagement(options), Auth0.layerConfig(Management, config))

/**
 * A layer from `Config` with which the application boots even when settings are missing: `isConfigured` is false then,
 * and every operation fails with the `InvalidConfiguration` that {@link layerConfig} would have failed with.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfigOptional = (
  config: Config.Config.Wrap<Auth0.Options> = environment,
  options?: Options
): Layer.Layer<Auth0Users, never, HttpClient.HttpClient> =>
  Layer.catchAll(layerConfig(config, options), (error) => Layer.effect(Auth0Users, unconfigured(error)))

const unconfigured = (error: InvalidConfiguration): Effect.Effect<Service, never, HttpClient.HttpClient> =>
  Effect.orDie(make(Effect.succeed(TokenProvider.unconfigured(Management.key, error))))
