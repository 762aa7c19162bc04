/**
 * OAuth 2.0 tokens for Effect applications.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 */
export * as AccessToken from "./token/AccessToken.js"

/**
 * Apigee, and gateways that answer like it.
 *
 * @since 0.1.0
 */
export * as Apigee from "./provider/Apigee.js"

/**
 * An audit log that can neither fail nor delay token requests.
 *
 * @since 0.1.0
 */
export * as AuditLog from "./telemetry/AuditLog.js"

/**
 * The record that an audit log keeps of an event.
 *
 * @since 0.1.0
 */
export * as AuditRecord from "./telemetry/AuditRecord.js"

/**
 * The destination of an audit log.
 *
 * @since 0.1.0
 */
export * as AuditRecorder from "./telemetry/AuditRecorder.js"

/**
 * Auth0: its Management API, or an API of one's own behind it.
 *
 * @since 0.1.0
 */
export * as Auth0 from "./provider/Auth0.js"

/**
 * Microsoft Entra ID (Azure AD), v2 endpoint.
 *
 * @since 0.1.0
 */
export * as AzureAd from "./provider/AzureAd.js"

/**
 * An `HttpClient` whose requests carry a provider's token.
 *
 * @since 0.1.0
 */
export * as BearerClient from "./http/BearerClient.js"

/**
 * An adapter for code that takes a `fetch`.
 *
 * @since 0.1.0
 */
export * as BearerFetch from "./http/BearerFetch.js"

/**
 * Puts token caches on a token store: tokens outlive the process, and processes that share the store share each refresh.
 *
 * @since 0.1.0
 */
export * as CacheStore from "./cache/CacheStore.js"

/**
 * Client authentication at the token endpoint; each request uses exactly one method (RFC 6749 §2.3).
 *
 * @since 0.1.0
 */
export * as ClientAuthentication from "./wire/ClientAuthentication.js"

/**
 * The client credentials grant (RFC 6749 §4.4): a machine requests tokens in its own name.
 *
 * @since 0.1.0
 */
export * as ClientCredentials from "./grant/ClientCredentials.js"

/**
 * Authorization server metadata (RFC 8414, and OpenID Connect Discovery 1.0).
 *
 * @since 0.1.0
 */
export * as Discovery from "./wire/Discovery.js"

/**
 * A token store in files of one directory, safe between the processes of one machine.
 *
 * @since 0.1.0
 */
export * as FileTokenStore from "./store/FileTokenStore.js"

/**
 * Any authorization server, by its token URL or by its issuer.
 *
 * @since 0.1.0
 */
export * as GenericOAuth from "./provider/GenericOAuth.js"

/**
 * @since 0.1.0
 */
export * as Grant from "./token/Grant.js"

/**
 * A token store over any `KeyValueStore` of `@effect/platform`, for one process.
 *
 * @since 0.1.0
 */
export * as KeyValueTokenStore from "./store/KeyValueTokenStore.js"

/**
 * A token store in memory. It is gone with its process: for tests, and where a token store is asked for and nothing has
 * to outlive the process.
 *
 * @since 0.1.0
 */
export * as MemoryTokenStore from "./store/MemoryTokenStore.js"

/**
 * Okta: APIs of one's own behind one of its authorization servers.
 *
 * @since 0.1.0
 */
export * as Okta from "./provider/Okta.js"

/**
 * When to refresh, when to retry, and how long to make no request: arithmetic on instants, which are milliseconds since the
 * epoch.
 *
 * @since 0.1.0
 */
export * as RefreshPolicy from "./cache/RefreshPolicy.js"

/**
 * The refresh token grant (RFC 6749 §6): requests tokens again and again after a user's one consent.
 *
 * @since 0.1.0
 */
export * as RefreshToken from "./grant/RefreshToken.js"

/**
 * A user's or an account's consent, held as a refresh token: any authorization server, by its token URL or by its issuer.
 *
 * @since 0.1.0
 */
export * as RefreshTokenProvider from "./provider/RefreshTokenProvider.js"

/**
 * How the responses of one kind of authorization server differ from the standard's, as data.
 *
 * @since 0.1.0
 */
export * as ResponseProfile from "./wire/ResponseProfile.js"

/**
 * How real servers spell their answers where they differ from RFC 6749, as data for `GenericOAuth` and for grants of one's
 * own. Google, Microsoft Entra ID, Auth0, Okta, Zoom and Xero are not here: `ResponseProfile.standard` reads them.
 *
 * @since 0.1.0
 */
export * as ResponseProfiles from "./provider/ResponseProfiles.js"

/**
 * A token store whose contents are sealed.
 *
 * @since 0.1.0
 */
export * as SealedTokenStore from "./store/SealedTokenStore.js"

/**
 * A credential that does not change: a fixed bearer token, or an API key.
 *
 * @since 0.1.0
 */
export * as StaticToken from "./provider/StaticToken.js"

/**
 * One provider of the tokens of many tenants.
 *
 * @since 0.1.0
 */
export * as TenantProvider from "./TenantProvider.js"

/**
 * One provider's token, its expiry and its refresh. The state is a `Ref` that is read without a lock; a semaphore guards
 * only the start of a flight; a flight is a fiber of the cache's own scope, and callers wait on its `Deferred`.
 *
 * @since 0.1.0
 */
export * as TokenCache from "./cache/TokenCache.js"

/**
 * What seals the contents of a token store, so that neither its files nor a dump of its database give a token away.
 *
 * @since 0.1.0
 */
export * as TokenCipher from "./store/TokenCipher.js"

/**
 * An adapter for Azure's SDKs and other code that takes a `TokenCredential`.
 *
 * @since 0.1.0
 */
export * as TokenCredential from "./http/TokenCredential.js"

/**
 * A token request and its response (RFC 6749 §3.2).
 *
 * @since 0.1.0
 */
export * as TokenEndpoint from "./wire/TokenEndpoint.js"

/**
 * What can go wrong with a token, as one union. No error holds a secret, a response body, or an error of the HTTP
 * client, of a parser or of `Config`: all of those print secrets.
 *
 * @since 0.1.0
 */
export * as TokenError from "./token/TokenError.js"

/**
 * @since 0.1.0
 */
export * as TokenEvent from "./token/TokenEvent.js"

/**
 * The hub of events: one sink that providers emit to, and any number of subscribers.
 *
 * @since 0.1.0
 */
export * as TokenEvents from "./telemetry/TokenEvents.js"

/**
 * An adapter for code that takes a function that returns a token.
 *
 * @since 0.1.0
 */
export * as TokenFunction from "./http/TokenFunction.js"

/**
 * Which token: the key under which a token is kept where one provider serves many.
 *
 * @since 0.1.0
 */
export * as TokenKey from "./token/TokenKey.js"

/**
 * Logs token events with Effect's logger.
 *
 * @since 0.1.0
 */
export * as TokenLog from "./telemetry/TokenLog.js"

/**
 * Many providers by name.
 *
 * @since 0.1.0
 */
export * as TokenManager from "./TokenManager.js"

/**
 * Metrics of tokens, by OpenTelemetry's conventions: token requests and their duration, failures and their reasons, the
 * remaining lifetime of tokens, and open windows. `docs/observability.md` lists them.
 *
 * @since 0.1.0
 */
export * as TokenMetrics from "./telemetry/TokenMetrics.js"

/**
 * The service that programs depend on: something that always has a valid access token for one credential.
 *
 * @since 0.1.0
 */
export * as TokenProvider from "./TokenProvider.js"

/**
 * @since 0.1.0
 */
export * as TokenStatus from "./cache/TokenStatus.js"

/**
 * Where tokens live beyond memory.
 *
 * @since 0.1.0
 */
export * as TokenStore from "./store/TokenStore.js"

/**
 * Zoom's server-to-server applications, which have a grant of their own: account credentials.
 *
 * @since 0.1.0
 */
export * as Zoom from "./provider/Zoom.js"
