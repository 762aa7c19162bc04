/**
 * The values of settings. All of them arrive as text, whether it stood in a file or in a variable, and white space around
 * it is gone by then. Each says what it expects; none repeats what it got.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"

/** What a schema expects, in words for the person who mends a setting. */
export const Expected: unique symbol = Symbol.for("effect-oauth/config/Expected")

/** What a record expects of its keys. */
export const ExpectedKey: unique symbol = Symbol.for("effect-oauth/config/ExpectedKey")

const parsed = <A>(
  to: Schema.Schema<A>,
  expected: string,
  jsonSchema: object,
  parse: (text: string) => A | undefined
): Schema.Schema<A, string> =>
  Schema.transformOrFail(Schema.String, to, {
    strict: true,
    decode: (text, _, ast) => {
      const value = parse(text)
      return value === undefined
        ? ParseResult.fail(new ParseResult.Type(ast, text))
        : ParseResult.succeed(value)
    },
    encode: (value, _, ast) => ParseResult.fail(new ParseResult.Forbidden(ast, value))
  }).annotations({ [Expected]: expected, jsonSchema })

/** A schema with what editors show of it. */
export const described = <A, I>(
  schema: Schema.Schema<A, I>,
  description: string,
  example?: I | number
): Schema.Schema<A, I> =>
  schema.annotations({
    jsonSchema: {
      ...Option.getOrElse(AST.getJSONSchemaAnnotation(schema.ast), () => ({})),
      description,
      ...(example === undefined ? {} : { examples: [example] })
    }
  })

export const text = Schema.String.annotations({ [Expected]: "a text", jsonSchema: { type: "string" } })

/** A secret, redacted from here on. */
export const secret = parsed(
  Schema.RedactedFromSelf(Schema.String),
  "a secret",
  { type: "string" },
  Redacted.make
)

const list = Schema.Array(text)
const listJson = { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] }

/** Several texts: a list, or one text with white space between them. */
export const texts = Schema.Union(
  list,
  parsed(Schema.typeSchema(list), "a text", {}, (value) => value.split(/\s+/))
).annotations({ [Expected]: "a text, or a list of texts", jsonSchema: listJson })

/** A reference to a variable, which editors let through wherever a value is expected. */
const reference = ".*\\$\\{.*"

export const flag = parsed(
  Schema.Boolean,
  "true or false",
  { type: ["boolean", "string"], pattern: `^(true|false|${reference})$` },
  (value) => (/^true$/i.test(value) ? true : /^false$/i.test(value) ? false : undefined)
)

const digits = "\\d+(\\.\\d+)?"
const plainNumber = new RegExp(`^[+-]?${digits}$`)

export const number = parsed(
  Schema.JsonNumber,
  "a number",
  { type: ["number", "string"], pattern: `^([+-]?${digits}|${reference})$` },
  (value) => (plainNumber.test(value) ? Number(value) : undefined)
)

const units: Readonly<Record<string, number>> = {
  milliseconds: 1,
  millisecond: 1,
  millis: 1,
  ms: 1,
  seconds: 1_000,
  second: 1_000,
  s: 1_000,
  minutes: 60_000,
  minute: 60_000,
  min: 60_000,
  m: 60_000,
  hours: 3_600_000,
  hour: 3_600_000,
  h: 3_600_000,
  days: 86_400_000,
  day: 86_400_000,
  d: 86_400_000
}

const unit = Object.keys(units).join("|")
const amountAndUnit = new RegExp(`^(${digits}) *(${unit})?$`)

/** A number of seconds, or a number with its unit. */
export const duration = parsed(
  Schema.DurationFromSelf,
  "a duration, such as 30 seconds, 5m, 250 ms or a number of seconds",
  { type: ["number", "string"], minimum: 0, pattern: `^(${digits} *(${unit})?|${reference})$` },
  (value) => {
    const [, amount, , name = "s"] = amountAndUnit.exec(value) ?? []
    return amount === undefined ? undefined : Duration.millis(Number(amount) * (units[name] ?? NaN))
  }
)

/** One of a few words. */
export const oneOf = <const Words extends readonly [string, ...Array<string>]>(...words: Words) =>
  Schema.Literal(...words).annotations({ jsonSchema: { type: "string", enum: words } })

/** Whatever else a server wants to be told. A single value may be a secret, and is taken for one. */
export const parameters = Schema.Record({
  key: Schema.String,
  value: Schema.Union(list, secret).annotations({ [Expected]: "a text, or a list of texts" })
}).annotations({
  [Expected]: "parameters by name",
  jsonSchema: { type: "object", additionalProperties: listJson }
})
