/**
 * User management at Auth0, typed; and the example of how to build a client on `BearerClient`.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 */
export * as Auth0Users from "./Auth0Users.js"

/**
 * @since 0.1.0
 */
export * as User from "./User.js"

/**
 * @since 0.1.0
 */
export * as UserError from "./UserError.js"
