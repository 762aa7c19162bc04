/**
 * A request as the server saw it.
 *
 * @since 0.1.0
 */
import type * as Headers from "@effect/platform/Headers"
import * as Data from "effect/Data"
import type * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"

/**
 * A request that a client sent. What is secret in it is redacted: the `Authorization` header, and the parameters that are
 * secrets or tokens.
 *
 * @since 0.1.0
 * @category models
 */
export class SeenRequest extends Data.Class<{
  readonly kind: "Token" | "Metadata" | "Resource"
  readonly at: DateTime.Utc
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | Redacted.Redacted>>
  /** What a form or a JSON body says. A parameter that stands several times is a list. */
  readonly parameters: Readonly<Record<string, string | Redacted.Redacted | ReadonlyArray<string>>>
  /** Who asks, by its own word. */
  readonly clientId: string | undefined
  /** How it proves that; several at once are none of the registered methods. */
  readonly clientAuthentication: "client_secret_basic" | "client_secret_post" | "none" | "several"
  /** The status of the answer; nothing where no answer was made. */
  readonly status: number | undefined
  /** Whether the request reached the server at all: not so where the connection was refused. */
  readonly arrived: boolean
}> {
  /** The bearer token that the request carries, in plain text; nothing where it carries none. */
  get bearerToken(): string | undefined {
    const header = this.headers["authorization"]
    const text = header === undefined || typeof header === "string" ? header : Redacted.value(header)
    return text === undefined ? undefined : /^bearer +(\S+)$/i.exec(text)?.[1]
  }
}

/** The headers with those that carry a credential redacted. */
export const redactHeaders = (
  headers: Headers.Headers
): Readonly<Record<string, string | Redacted.Redacted>> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      secretHeaders.test(name) ? Redacted.make(value) : value
    ])
  )

const secretHeaders = /^(proxy-)?authorization$|cookie|api-?key|token/i
