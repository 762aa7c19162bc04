/** What `@effect/cli` 0.77 does not do as people expect of a command line. */
import { printable } from "./render/text.js"

/**
 * The arguments with the command's name in front, wherever its options stand: `--config FILE check` is `check --config FILE`,
 * and `store --json list` is `store list --json`.
 */
export const putCommandFirst = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const [command, ...rest] = putWordFirst(args)
  return command !== undefined && subcommands.has(command)
    ? [command, ...putWordFirst(rest)]
    : putWordFirst(args)
}

/** With the first that is neither an option nor the value of one in front. */
const putWordFirst = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const word = args.findIndex((arg, index) => !arg.startsWith("-") && !isValueOf(args[index - 1]))
  return word < 1 ? args : [...args.slice(word, word + 1), ...args.slice(0, word), ...args.slice(word + 1)]
}

/** Whether the argument before is an option that takes the next one for its value. */
const isValueOf = (before: string | undefined): boolean => before !== undefined && takeValue.has(before)

const takeValue: ReadonlySet<string> = new Set([
  "--config",
  "--env-file",
  "--log-level",
  "--completions",
  "--store",
  "--provider",
  "--tenant",
  "--since",
  "--until",
  "--type",
  "--limit"
])

/**
 * What is wrong with the second word of a command that has commands of its own, as far as `@effect/cli` 0.77 would speak of
 * the first one.
 */
export const wrongSubcommand = ([command = "", word = "-"]: ReadonlyArray<string>): string | undefined => {
  const known = subcommands.get(command)
  return known === undefined || word.startsWith("-") || known.includes(word)
    ? undefined
    : `there is no ${command} ${printable(word)}; there is ${known.map((one) => `${command} ${one}`).join(", ")}`
}

const subcommands: ReadonlyMap<string, ReadonlyArray<string>> = new Map([
  ["store", ["list", "remove", "rekey", "check"]]
])

/**
 * What is wrong with an option that the command does not have. `@effect/cli` takes it for an argument, or speaks of another
 * option.
 */
export const unknownOption = (words: ReadonlyArray<string>): string | undefined => {
  const path = pathOf(words)
  const known = optionsOf.get(path)
  if (known === undefined || words.some((word) => word === "--help" || word === "-h")) return undefined
  const end = words.indexOf("--")
  const name = (end < 0 ? words : words.slice(0, end))
    .filter((word, index) => /^-./.test(word) && !isValueOf(words[index - 1]))
    .map((word) => word.replace(/=.*$/s, ""))
    .find((option) => ![...known, ...builtIns].includes(option.toLowerCase()))
  if (name === undefined) return undefined
  const help = ["effect-oauth", ...(path === "" ? [] : [path]), "--help"].join(" ")
  return `Unknown option ${printable(name)}; see ${help}`
}

/** The command that the words name, such as `store list`. It is empty if they begin with an option. */
const pathOf = ([command = "", word = ""]: ReadonlyArray<string>): string => {
  if (command.startsWith("-")) return ""
  return subcommands.get(command)?.includes(word) === true ? `${command} ${word}` : command
}

const commonOptions = ["--config", "--env-file", "--json"]
const storeOptions = ["--store", "--env-file", "--json"]
const ownerOptions = ["--provider", "--tenant"]
const builtIns = ["--help", "-h", "--version", "--log-level", "--completions", "--wizard"]

/** The options of each command. */
export const optionsOf: ReadonlyMap<string, ReadonlyArray<string>> = new Map([
  ["", []],
  ["check", commonOptions],
  ["token", commonOptions],
  ["providers", commonOptions],
  ["watch", commonOptions],
  ["store", []],
  ["store list", [...storeOptions, ...ownerOptions]],
  ["store remove", [...storeOptions, ...ownerOptions, "--yes"]],
  ["store rekey", storeOptions],
  ["store check", storeOptions],
  ["events", [...storeOptions, ...ownerOptions, "--since", "--until", "--type", "--limit"]]
])

/**
 * Fixes the completions for bash: `@effect/cli` 0.77 calls a command with a hyphen by two names there, so that the options
 * of its subcommands were never found, and a command within a command by a name that it never has. Any other text stays
 * as it is.
 */
export const fixCompletions = (text: string): string =>
  text.startsWith("function _effect-oauth_bash_completions")
    ? text.replaceAll("effect__oauth,", "effect-oauth,").replace(within, "effect__oauth__$1,$2)")
    : text

const within = /\beffect-oauth,(\w+),(\w+)\)/g
