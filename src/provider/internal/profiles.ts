/**
 * Response profiles that a preset needs and that users may want, too.
 */
import type { ResponseProfile } from "../../wire/ResponseProfile.js"
import { make } from "../../wire/ResponseProfile.js"

/**
 * Apigee, and gateways that answer like it: the token type is `BearerToken`, and errors are spelled
 * `{"ErrorCode", "Error"}` or stand in a `fault`.
 *
 * @since 0.1.0
 * @category profiles
 */
export const apigee: ResponseProfile = make({
  bearerTypes: ["bearer", "bearertoken"],
  errorCode: ["ErrorCode", "error", "fault.detail.errorcode"],
  errorDescription: ["Error", "error_description", "fault.faultstring"],
  errorCodes: { "oauth.v2.InvalidClientIdentifier": "invalid_client" }
})
