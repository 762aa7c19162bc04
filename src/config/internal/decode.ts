/**
 * Decodes the settings of one provider: everything that is wrong with them, and those that are right all the same, so
 * that what is wrong between them can be found at once, too.
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import type * as Schema from "effect/Schema"
import type { Mistake, Path } from "./mistakes.js"
import { ofParseIssue } from "./mistakes.js"
import type { Partly, Type } from "./settings.js"
import { schemas } from "./settings.js"

export type Raw = Readonly<Record<string, unknown>>

interface Decoded<T extends Type> {
  readonly settings: Partly<T>
  readonly mistakes: ReadonlyArray<Mistake>
}

const options = { errors: "all", onExcessProperty: "error" } as const

const decoder = <T extends Type, W, WI, I>(schema: {
  readonly whole: Schema.Schema<W, WI>
  readonly partly: Schema.Schema<Partly<T>, I>
}) => {
  const whole = ParseResult.decodeUnknownEither(schema.whole, options)
  const partly = ParseResult.decodeUnknownEither(schema.partly)
  return (raw: Raw): Decoded<T> => {
    const mistakes = Either.match(whole(raw), { onLeft: (issue) => ofParseIssue(issue), onRight: () => [] })
    const right = mistakes.reduce((raw, { path }) => without(raw, path), raw)
    return { settings: Either.getOrElse(partly(right), () => ({})), mistakes }
  }
}

/** The settings without one of them, which may stand in a group. */
const without = (raw: Raw, [first, ...rest]: Path): Raw =>
  Object.fromEntries(
    Object.entries(raw).flatMap(([name, value]) =>
      name !== first
        ? [[name, value]]
        : rest.length > 0 && Predicate.isReadonlyRecord(value)
          ? [[name, without(value, rest)]]
          : []
    )
  )

export const decoders: { readonly [T in Type]: (raw: Raw) => Decoded<T> } = {
  azure: decoder(schemas.azure),
  auth0: decoder(schemas.auth0),
  okta: decoder(schemas.okta),
  generic: decoder(schemas.generic),
  apigee: decoder(schemas.apigee),
  zoom: decoder(schemas.zoom),
  static: decoder(schemas.static)
}
