/**
 * @since 0.1.0
 */

/**
 * The arguments with the command's name in front, wherever its options stand: `--config FILE check` is `check --config FILE`.
 *
 * @since 0.1.0
 * @category conversions
 */
export const commandFirst = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const command = args.findIndex((arg, index) => !arg.startsWith("-") && !isValueOf(args[index - 1]))
  return command < 1
    ? args
    : [...args.slice(command, command + 1), ...args.slice(0, command), ...args.slice(command + 1)]
}

/** Whether the argument before is an option that takes the next one for its value. */
const isValueOf = (before: string | undefined): boolean => before !== undefined && takeValue.has(before)

const takeValue: ReadonlySet<string> = new Set(["--config", "--env-file", "--log-level", "--completions"])
