/**
 * The completions for bash, mended: `@effect/cli` 0.77 calls a command with a hyphen by two names there, so that the options
 * of its subcommands were never found, and a command within a command by a name that it never has. Any other text stays
 * as it is.
 */
export const mended = (text: string): string =>
  text.startsWith("function _effect-oauth_bash_completions")
    ? text.replaceAll("effect__oauth,", "effect-oauth,").replace(within, "effect__oauth__$1,$2)")
    : text

const within = /\beffect-oauth,(\w+),(\w+)\)/g
