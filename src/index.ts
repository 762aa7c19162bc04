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
 * @since 0.1.0
 */
export * as Apigee from "./provider/Apigee.js"

/**
 * @since 0.1.0
 */
export * as AuditLog from "./telemetry/AuditLog.js"

/**
 * @since 0.1.0
 */
export * as AuditRecord from "./telemetry/AuditRecord.js"

/**
 * @since 0.1.0
 */
export * as AuditRecorder from "./telemetry/AuditRecorder.js"

/**
 * @since 0.1.0
 */
export * as Auth0 from "./provider/Auth0.js"

/**
 * @since 0.1.0
 */
export * as AzureAd from "./provider/AzureAd.js"

/**
 * @since 0.1.0
 */
export * as BearerClient from "./http/BearerClient.js"

/**
 * @since 0.1.0
 */
export * as BearerFetch from "./http/BearerFetch.js"

/**
 * @since 0.1.0
 */
export * as CacheStore from "./cache/CacheStore.js"

/**
 * @since 0.1.0
 */
export * as ClientAuthentication from "./wire/ClientAuthentication.js"

/**
 * @since 0.1.0
 */
export * as ClientCredentials from "./grant/ClientCredentials.js"

/**
 * @since 0.1.0
 */
export * as Discovery from "./wire/Discovery.js"

/**
 * @since 0.1.0
 */
export * as FileTokenStore from "./store/FileTokenStore.js"

/**
 * @since 0.1.0
 */
export * as GenericOAuth from "./provider/GenericOAuth.js"

/**
 * @since 0.1.0
 */
export * as Grant from "./token/Grant.js"

/**
 * @since 0.1.0
 */
export * as KeyValueTokenStore from "./store/KeyValueTokenStore.js"

/**
 * @since 0.1.0
 */
export * as MemoryTokenStore from "./store/MemoryTokenStore.js"

/**
 * @since 0.1.0
 */
export * as Okta from "./provider/Okta.js"

/**
 * @since 0.1.0
 */
export * as RefreshPolicy from "./cache/RefreshPolicy.js"

/**
 * @since 0.1.0
 */
export * as RefreshToken from "./grant/RefreshToken.js"

/**
 * @since 0.1.0
 */
export * as RefreshTokenProvider from "./provider/RefreshTokenProvider.js"

/**
 * @since 0.1.0
 */
export * as ResponseProfile from "./wire/ResponseProfile.js"

/**
 * @since 0.1.0
 */
export * as ResponseProfiles from "./provider/ResponseProfiles.js"

/**
 * @since 0.1.0
 */
export * as SealedTokenStore from "./store/SealedTokenStore.js"

/**
 * @since 0.1.0
 */
export * as StaticToken from "./provider/StaticToken.js"

/**
 * @since 0.1.0
 */
export * as TenantProvider from "./TenantProvider.js"

/**
 * @since 0.1.0
 */
export * as TokenCache from "./cache/TokenCache.js"

/**
 * @since 0.1.0
 */
export * as TokenCipher from "./store/TokenCipher.js"

/**
 * @since 0.1.0
 */
export * as TokenCredential from "./http/TokenCredential.js"

/**
 * @since 0.1.0
 */
export * as TokenEndpoint from "./wire/TokenEndpoint.js"

/**
 * @since 0.1.0
 */
export * as TokenError from "./token/TokenError.js"

/**
 * @since 0.1.0
 */
export * as TokenEvent from "./token/TokenEvent.js"

/**
 * @since 0.1.0
 */
export * as TokenEvents from "./telemetry/TokenEvents.js"

/**
 * @since 0.1.0
 */
export * as TokenFunction from "./http/TokenFunction.js"

/**
 * @since 0.1.0
 */
export * as TokenKey from "./token/TokenKey.js"

/**
 * @since 0.1.0
 */
export * as TokenLog from "./telemetry/TokenLog.js"

/**
 * @since 0.1.0
 */
export * as TokenManager from "./TokenManager.js"

/**
 * @since 0.1.0
 */
export * as TokenMetrics from "./telemetry/TokenMetrics.js"

/**
 * @since 0.1.0
 */
export * as TokenProvider from "./TokenProvider.js"

/**
 * @since 0.1.0
 */
export * as TokenStatus from "./cache/TokenStatus.js"

/**
 * @since 0.1.0
 */
export * as TokenStore from "./store/TokenStore.js"

/**
 * @since 0.1.0
 */
export * as Zoom from "./provider/Zoom.js"
