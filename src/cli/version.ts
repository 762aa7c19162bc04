/**
 * Which version this is.
 *
 * @since 0.1.0
 */

/** The package's version, which the bundler writes in. */
declare const EFFECT_OAUTH_VERSION: string | undefined

/**
 * What `--version` answers.
 *
 * @since 0.1.0
 * @category constants
 */
export const version: string =
  typeof EFFECT_OAUTH_VERSION === "undefined" ? "unreleased" : EFFECT_OAUTH_VERSION
