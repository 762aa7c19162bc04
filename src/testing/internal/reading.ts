/**
 * From what a client sends to what a server reads in it.
 *
 * @since 0.1.0
 */
import * as Headers from "@effect/platform/Headers"
import type * as HttpBody from "@effect/platform/HttpBody"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import type { Behaviour } from "./behaviour.js"
import { redactHeaders, SeenRequest } from "./SeenRequest.js"

/** A request as it arrived, secrets and all. */
export interface Arrival {
  readonly kind: SeenRequest["kind"]
  readonly at: number
  readonly method: string
  readonly url: URL
  readonly headers: Headers.Headers
  /** Nothing where the body cannot be read as what its `Content-Type` says. */
  readonly parameters: ReadonlyMap<string, ReadonlyArray<string>> | undefined
}

/** Where the server stands. */
export interface Address {
  readonly issuer: string
  readonly tokenUrl: string
}

export const arrival = (
  address: Address,
  request: HttpClientRequest.HttpClientRequest,
  url: URL,
  at: number
): Arrival => {
  const parameters = parametersOf(request)
  return {
    kind: kindOf(address, request, url, parameters),
    at,
    method: request.method,
    url,
    headers: request.headers,
    parameters
  }
}

const kindOf = (
  address: Address,
  request: HttpClientRequest.HttpClientRequest,
  url: URL,
  parameters: Arrival["parameters"]
): Arrival["kind"] => {
  if (wellKnown.test(url.pathname)) return "Metadata"
  if (url.origin + url.pathname === address.tokenUrl) return "Token"
  return request.method === "POST" && parameters?.has("grant_type") === true ? "Token" : "Resource"
}

const wellKnown = /\/\.well-known\/(openid-configuration|oauth-authorization-server)(\/|$)/

const parametersOf = (request: HttpClientRequest.HttpClientRequest): Arrival["parameters"] => {
  const text = textOf(request.body)
  if (text === undefined) return undefined
  const type = (request.headers["content-type"] ?? request.body.contentType ?? "")
    .split(";", 1)[0]
    ?.trim()
    .toLowerCase()
  if (text === "") return new Map()
  if (type === "application/x-www-form-urlencoded") return grouped([...new URLSearchParams(text)])
  return type === "application/json" ? fromJson(text) : undefined
}

const textOf = (body: HttpBody.HttpBody): string | undefined => {
  switch (body._tag) {
    case "Empty":
      return ""
    case "Uint8Array":
      return new TextDecoder().decode(body.body)
    case "Raw":
      return typeof body.body === "string" ? body.body : undefined
    case "FormData":
    case "Stream":
      return undefined
  }
}

const grouped = (
  pairs: ReadonlyArray<readonly [string, string]>
): ReadonlyMap<string, ReadonlyArray<string>> => {
  const groups = new Map<string, ReadonlyArray<string>>()
  for (const [name, value] of pairs) groups.set(name, [...(groups.get(name) ?? []), value])
  return groups
}

const fromJson = (text: string): Arrival["parameters"] => {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined
    return grouped(
      Object.entries(value).flatMap(([name, value]: [string, unknown]) =>
        (Array.isArray(value) ? value : [value]).map((one: unknown) => [name, String(one)] as const)
      )
    )
  } catch {
    return undefined
  }
}

/** A parameter that stands once; RFC 6749 §3.2 knows no other, and an empty one counts as left out. */
export const parameter = (arrival: Arrival, name: string): string | undefined => {
  const [value] = arrival.parameters?.get(name) ?? []
  return value === "" ? undefined : value
}

/** How a client says who it is. */
export interface Credentials {
  readonly method: SeenRequest["clientAuthentication"]
  readonly clientId: string | undefined
  readonly clientSecret: string | undefined
}

/** The client authentication in a request. A Basic header that cannot be read names nobody. */
export const credentialsOf = (arrival: Arrival, encoding: Behaviour["basicEncoding"]): Credentials => {
  const header = /^basic +(\S*)$/i.exec(arrival.headers["authorization"] ?? "")?.[1]
  const clientId = parameter(arrival, "client_id")
  const clientSecret = parameter(arrival, "client_secret")
  if (header === undefined) {
    return { method: clientSecret === undefined ? "none" : "client_secret_post", clientId, clientSecret }
  }
  const method = clientSecret === undefined ? "client_secret_basic" : "several"
  return { method, ...readBasic(header, encoding) }
}

const readBasic = (
  header: string,
  encoding: Behaviour["basicEncoding"]
): { readonly clientId: string | undefined; readonly clientSecret: string | undefined } => {
  const text = Either.getOrElse(Encoding.decodeBase64String(header), () => "")
  const colon = text.indexOf(":")
  if (colon < 0) return { clientId: undefined, clientSecret: undefined }
  const decode = encoding === "form" ? formDecode : (part: string) => part
  return { clientId: decode(text.slice(0, colon)), clientSecret: decode(text.slice(colon + 1)) }
}

/** RFC 6749 appendix B; what is not so encoded is nobody's name. */
const formDecode = (part: string): string | undefined => {
  try {
    return decodeURIComponent(part.replaceAll("+", " "))
  } catch {
    return undefined
  }
}

/** What is told of a request afterwards. */
export const seen = (
  arrival: Arrival,
  encoding: Behaviour["basicEncoding"],
  outcome: { readonly status: number | undefined; readonly arrived: boolean }
): SeenRequest => {
  const { clientId, method } = credentialsOf(arrival, encoding)
  return new SeenRequest({
    kind: arrival.kind,
    at: DateTime.unsafeMake(arrival.at),
    method: arrival.method,
    url: arrival.url.toString(),
    headers: redactHeaders(arrival.headers),
    parameters: Object.fromEntries(
      [...(arrival.parameters ?? [])].map(([name, values]) => [name, shown(name, values)])
    ),
    clientId,
    clientAuthentication: method,
    ...outcome
  })
}

const shown = (name: string, values: ReadonlyArray<string>): SeenRequest["parameters"][string] => {
  if (secretParameters.test(name)) return Redacted.make(values.join(" "))
  const [first = ""] = values
  return values.length > 1 ? values : first
}

const secretParameters = /secret|password|token|assertion|^code$|code_verifier|device_code/i
