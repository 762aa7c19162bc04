import * as HttpBody from "@effect/platform/HttpBody"
import * as Redacted from "effect/Redacted"

/** Body parameters by name. A list is sent as one parameter for each element (RFC 8707 §2). */
export type Parameters = Readonly<Record<string, Parameter | undefined>>

/** A parameter's value. Secret values are redacted until they are encoded. */
export type Parameter = string | Redacted.Redacted | ReadonlyArray<string>

/** How the parameters are encoded: as a form (RFC 6749 §4), or as a JSON object for servers that require it. */
export type RequestFormat = "form" | "json"

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

export const secretsOf = (parameters: Parameters): ReadonlyArray<Redacted.Redacted> =>
  Object.values(parameters).filter((value): value is Redacted.Redacted => Redacted.isRedacted(value))

/** Encodes one value as `application/x-www-form-urlencoded` (RFC 6749 appendix B). */
export const formEncode = (text: string): string => new URLSearchParams({ "": text }).toString().slice(1)
