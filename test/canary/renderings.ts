import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Inspectable from "effect/Inspectable"
import { format, inspect } from "node:util"

/** A value that refuses to be rendered shows nothing, but what it throws might. */
const attempt = (render: () => string | undefined): string => {
  try {
    return render() ?? ""
  } catch (error) {
    return inspect(error)
  }
}

/** JSON of what plain JSON gives up on. */
const json = (value: unknown): string | undefined => {
  const above = new Set<unknown>()
  return JSON.stringify(value, (_, member: unknown) => {
    if (typeof member === "bigint") return String(member)
    if (typeof member !== "object" || member === null) return member
    if (above.has(member)) return "seen"
    above.add(member)
    return member instanceof Map || member instanceof Set ? [...member] : member
  })
}

export const everything = {
  depth: Infinity,
  showHidden: true,
  showProxy: true,
  maxArrayLength: Infinity,
  maxStringLength: Infinity
}

/** The objects themselves, whatever they say of themselves. */
export const raw = { ...everything, customInspect: false }

const ways: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  String: (value) => String(value),
  "JSON.stringify": (value) => JSON.stringify(value),
  "JSON.stringify, cycles cut": json,
  "util.inspect": (value) => inspect(value),
  "util.inspect of everything": (value) => inspect(value, everything),
  "util.format": (value) => format("%s %o %O %j", value, value, value, value),
  toStringUnknown: (value) => Inspectable.toStringUnknown(value),
  "Inspectable.format": (value) => Inspectable.format(value),
  "Error.stack": (value) =>
    value instanceof Error ? `${value.name} ${value.message} ${value.stack ?? ""}` : "",
  "Cause.pretty of a failure": (value) => Cause.pretty(Cause.fail(value), { renderErrorCause: true }),
  "Cause.pretty of a defect": (value) => Cause.pretty(Cause.die(value), { renderErrorCause: true }),
  "Cause as a string": (value) => String(Cause.sequential(Cause.fail(value), Cause.die(value))),
  "Cause inspected": (value) => inspect(Cause.fail(value), everything),
  "Exit as JSON": (value) => JSON.stringify([Exit.succeed(value), Exit.fail(value)])
}

/** Every way in which a value becomes text, by name. */
export const renderings = (value: unknown): ReadonlyArray<readonly [way: string, text: string]> =>
  Object.entries(ways).map(([way, render]) => [way, attempt(() => render(value))])
