/**
 * User management at Auth0, typed; and the example of how to build a client on `BearerClient`.
 *
 * @since 0.1.0
 */

/**
 * The users of an Auth0 tenant, by its Management API.
 *
 * @since 0.1.0
 */
export * as Auth0Users from "./Auth0Users.js"

/**
 * Users as the Management API tells them, and what may be asked of it. Names are Auth0's own, so that its documentation
 * speaks of the same things.
 *
 * @since 0.1.0
 */
export * as User from "./User.js"

/**
 * What can go wrong with a user at Auth0, beside what can go wrong with the token. No error holds a password, a token, an
 * answer's body, or an error of the HTTP client or of a parser: all of those print secrets.
 *
 * @since 0.1.0
 */
export * as UserError from "./UserError.js"
