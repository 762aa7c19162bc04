/**
 * How real servers spell their answers where they differ from RFC 6749, as data for `GenericOAuth` and for grants of one's
 * own. Google, Microsoft Entra ID, Auth0, Okta, Zoom and Xero are not here: `ResponseProfile.standard` reads them.
 *
 * @example
 * ```ts
 * import { GenericOAuth, ResponseProfiles } from "effect-oauth"
 * import * as Redacted from "effect/Redacted"
 *
 * const salesforce: GenericOAuth.Options = {
 *   tokenUrl: "https://example.my.salesforce.com/services/oauth2/token",
 *   clientId: "the-client-id",
 *   clientSecret: Redacted.make("the-client-secret"),
 *   profile: ResponseProfiles.salesforce,
 *   // Salesforce does not tell how long a token lives: as long as the session timeout of the organization
 *   policy: { defaultLifetime: "2 hours" }
 * }
 * ```
 *
 * @since 0.1.0
 */
import type { ResponseProfile } from "../wire/ResponseProfile.js"
import { make } from "../wire/ResponseProfile.js"

export {
  /**
   * @since 0.1.0
   * @category profiles
   */
  apigee
} from "./internal/profiles.js"

const slackErrorCodes = {
  bad_client_secret: "invalid_client",
  invalid_client_id: "invalid_client",
  invalid_code: "invalid_grant",
  invalid_refresh_token: "invalid_grant",
  bad_redirect_uri: "invalid_request",
  invalid_grant_type: "unsupported_grant_type",
  ratelimited: "slow_down",
  internal_error: "server_error",
  fatal_error: "server_error",
  request_timeout: "temporarily_unavailable",
  service_unavailable: "temporarily_unavailable"
}

/**
 * Slack: the token of the application's bot, and any token that is refreshed. Slack refuses under status 200.
 *
 * @since 0.1.0
 * @category profiles
 */
export const slackBot: ResponseProfile = make({
  bearerTypes: ["bearer", "bot", "user"],
  errorCodes: slackErrorCodes
})

/**
 * Slack: the token of the user who installed the application, which stands beside the bot's in the answer to the
 * installation's code. Refreshing it, Slack answers as to {@link slackBot}.
 *
 * @since 0.1.0
 * @category profiles
 */
export const slackUser: ResponseProfile = make({ accessToken: "authed_user.access_token" }, slackBot)

/**
 * HubSpot: its error codes stand in `status`.
 *
 * @since 0.1.0
 * @category profiles
 */
export const hubSpot: ResponseProfile = make({
  errorCodes: {
    BAD_REFRESH_TOKEN: "invalid_grant",
    BAD_CLIENT_ID: "invalid_client"
  }
})

/**
 * Salesforce: the token keeps `instance_url`, which is where its API is spoken to. There is no `expires_in`: say how long
 * a session lasts by the policy's `defaultLifetime`.
 *
 * @since 0.1.0
 * @category profiles
 */
export const salesforce: ResponseProfile = make({
  errorCodes: {
    invalid_client_id: "invalid_client",
    invalid_client_credentials: "invalid_client",
    rate_limit_exceeded: "slow_down"
  },
  keep: ["instance_url"]
})

/**
 * GitHub: it refuses under status 200, with codes of its own. The token keeps how long the refresh token lives.
 *
 * @since 0.1.0
 * @category profiles
 */
export const gitHub: ResponseProfile = make({
  errorCodes: {
    bad_verification_code: "invalid_grant",
    bad_refresh_token: "invalid_grant",
    incorrect_client_credentials: "invalid_client",
    redirect_uri_mismatch: "invalid_request"
  },
  keep: ["refresh_token_expires_in"]
})

/**
 * LinkedIn: the token keeps how long the refresh token lives, which a refresh never extends.
 *
 * @since 0.1.0
 * @category profiles
 */
export const linkedIn: ResponseProfile = make({ keep: ["refresh_token_expires_in"] })

/**
 * Intuit: the token keeps how long the refresh token lives.
 *
 * @since 0.1.0
 * @category profiles
 */
export const intuit: ResponseProfile = make({ keep: ["x_refresh_token_expires_in"] })
