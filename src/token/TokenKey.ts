/**
 * Which token: the key under which a token is kept where one provider serves many.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Equal from "effect/Equal"
import { globalValue } from "effect/GlobalValue"
import * as Hash from "effect/Hash"
import * as Redacted from "effect/Redacted"

/**
 * Everything that shapes a token request, but for the secret.
 *
 * `provider` names the authorization server, or the credential, where one set of tenants has several.
 *
 * @since 0.1.0
 * @category models
 */
export interface Fields {
  readonly provider?: string | undefined
  readonly tenant?: string | undefined
  readonly clientId?: string | undefined
  readonly audience?: string | undefined
  readonly resource?: string | ReadonlyArray<string> | undefined
  readonly scopes?: string | ReadonlyArray<string> | undefined
  readonly parameters?: Readonly<Record<string, string>> | undefined
}

/**
 * A key. Two keys are equal, and find the same token, if all of their fields are; scopes and resources are sets, so
 * neither order nor repetition makes another key. No secret can be read in it.
 *
 * `storedAs` is the name under which a token store keeps what belongs to the key, and `id` the one in memory: they differ
 * for a key that a secret was bound to ({@link withSecret}), so that a changed secret is a new credential here and finds
 * the grant that was stored with the old one all the same.
 *
 * @since 0.1.0
 * @category models
 */
export class TokenKey implements Fields, Equal.Equal {
  readonly provider: string | undefined
  readonly tenant: string | undefined
  readonly clientId: string | undefined
  readonly audience: string | undefined
  readonly resource: ReadonlyArray<string>
  readonly scopes: ReadonlyArray<string>
  readonly parameters: Readonly<Record<string, string>>
  readonly storedAs: string
  readonly id: string

  constructor(fields: Fields, secret?: string) {
    this.provider = fields.provider
    this.tenant = fields.tenant
    this.clientId = fields.clientId
    this.audience = fields.audience
    this.resource = setOf(typeof fields.resource === "string" ? [fields.resource] : fields.resource)
    this.scopes = setOf(typeof fields.scopes === "string" ? fields.scopes.split(/\s+/) : fields.scopes)
    this.parameters = fields.parameters ?? none
    this.storedAs = canonical(this)
    this.id = secret === undefined ? this.storedAs : `${this.storedAs}#${secret}`
  }

  /** Equal keys find the same token. */
  [Equal.symbol](that: unknown): boolean {
    return that instanceof TokenKey && that.id === this.id
  }

  /** Of equal keys the same. */
  [Hash.symbol](): number {
    return Hash.string(this.id)
  }
}

const setOf = (members: ReadonlyArray<string> = []): ReadonlyArray<string> =>
  [...new Set(members)].filter((member) => member !== "").sort()

const none: Readonly<Record<string, string>> = {}

/** JSON, in which no field can pass for a part of another. What is left out at the end costs nothing. */
const canonical = (key: TokenKey): string => {
  const { audience, clientId, parameters, provider, resource, scopes, tenant } = key
  const entries = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1))
  const fields = [
    provider,
    tenant,
    scopes.length === 0 ? undefined : scopes,
    audience,
    clientId,
    resource.length === 0 ? undefined : resource,
    entries.length === 0 ? undefined : entries
  ]
  while (fields.length > 0 && fields.at(-1) === undefined) fields.pop()
  return JSON.stringify(fields)
}

/**
 * A key of its fields; a key is returned as it is. Make it once where the same tenant is asked for often.
 *
 * @example
 * ```ts
 * import { TokenKey } from "effect-oauth"
 *
 * const acme = TokenKey.make({ tenant: "acme", scopes: ["invoices:read", "invoices:write"] })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (fields: Fields): TokenKey => (fields instanceof TokenKey ? fields : new TokenKey(fields))

/**
 * The key of a tenant whose secret the caller brings along: with another secret it is another key, so that nobody gets a
 * token that was obtained with a secret that they do not know. The secret stands in it as a salted SHA-256 digest, whose
 * salt lives as long as the process.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withSecret = (fields: Fields, secret: Redacted.Redacted): Effect.Effect<TokenKey> =>
  Effect.map(
    Effect.promise(() =>
      globalThis.crypto.subtle.digest("SHA-256", new TextEncoder().encode(salt + Redacted.value(secret)))
    ),
    (digest) => new TokenKey(fields, Encoding.encodeBase64Url(new Uint8Array(digest)))
  )

const salt = globalValue("effect-oauth/TokenKey/salt", () =>
  Encoding.encodeHex(globalThis.crypto.getRandomValues(new Uint8Array(32)))
)
