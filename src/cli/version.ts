/** Which version this is. */

/** The package's version, which the bundler writes in. */
declare const EFFECT_OAUTH_VERSION: string | undefined

/** What `--version` answers. */
export const version: string =
  typeof EFFECT_OAUTH_VERSION === "undefined" ? "unreleased" : EFFECT_OAUTH_VERSION
