/** What to set where nothing is configured. */
import type { WellKnown, WellKnownVariable } from "../config/Environment.js"
import { column, wrap } from "./render/text.js"

/** Each provider that variables can configure: those that it takes, and where to get what they hold. */
export const missingLines = (providers: ReadonlyArray<WellKnown>): ReadonlyArray<string> => [
  "Nothing is configured. Set the variables of one of these, in the environment or in .env:",
  ...providers.flatMap(({ name, title, variables, whereToGet }) => [
    "",
    `${name}: ${title}`,
    ...variableLines(variables.filter(({ necessity }) => necessity !== "optional")),
    ...wrap(`Where to get them: ${whereToGet}`, textWidth).map((line) => `  ${line}`)
  ]),
  "",
  "Variables with a prefix of your own, such as ORDERS_CLIENT_ID, count once it is listed: OAUTH2_PREFIXES=ORDERS.",
  "Or write a file, effect-oauth.yaml in this folder or another that --config names."
]

/** Each variable and what it is, in two columns. */
export const variableLines = (
  variables: ReadonlyArray<Pick<WellKnownVariable, "name" | "meaning">>
): ReadonlyArray<string> => {
  const width = Math.max(0, ...variables.map(({ name }) => name.length)) + 2
  return variables.flatMap(({ meaning, name }) => {
    const [first = "", ...others] = wrap(meaning, textWidth - width)
    return [`  ${column(name, width)}${first}`, ...others.map((line) => " ".repeat(2 + width) + line)]
  })
}

const textWidth = 98
