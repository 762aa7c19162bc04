/**
 * @since 0.1.0
 */

/**
 * The completions for bash, mended: `@effect/cli` 0.77 calls a command with a hyphen by two names there, so that the options
 * of its subcommands were never found. Any other text stays as it is.
 *
 * @since 0.1.0
 * @category conversions
 */
export const mended = (text: string): string =>
  text.startsWith("function _effect-oauth_bash_completions")
    ? text.replaceAll("effect__oauth,", "effect-oauth,")
    : text
