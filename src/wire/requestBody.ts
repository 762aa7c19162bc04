/**
 * The parameters of a request and their two encodings.
 *
 * @since 0.1.0
 */
import * as HttpBody from "@effect/platform/HttpBody"
import * as Redacted from "effect/Redacted"

/** Body parameters by name; a list is a parameter that stands several times (RFC 8707 §2). */
export type Parameters = Readonly<Record<string, Parameter | undefined>>

/** A parameter's value. A secret one is redacted until it is encoded. */
export type Parameter = string | Redacted.Redacted | ReadonlyArray<string>

/** How a token endpoint wants its parameters: as RFC 6749 says, or as a JSON object. */
export type RequestFormat = "form" | "json"

/** Encodes the parameters as a body. */
export const encode = (format: RequestFormat, parameters: Parameters): HttpBody.HttpBody => {
  const entries = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Redacted.isRedacted(value) ? Redacted.value(value) : value] as const]
  )
  if (format === "json") return HttpBody.text(JSON.stringify(Object.fromEntries(entries)), "application/json")
  const pairs = entries.flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value]] : value.map((element) => [name, element])
  )
  return HttpBody.text(new URLSearchParams(pairs).toString(), "application/x-www-form-urlencoded")
}

/** The values that must not be shown. */
export const secretsOf = (parameters: Parameters): ReadonlyArray<Redacted.Redacted> =>
  Object.values(parameters).filter((value): value is Redacted.Redacted => Redacted.isRedacted(value))

/** One value in `application/x-www-form-urlencoded` (RFC 6749 appendix B). */
export const formEncode = (text: string): string => new URLSearchParams({ "": text }).toString().slice(1)
