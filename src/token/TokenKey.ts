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
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

/**
 * Everything that shapes a token request, but for the secret.
 *
 * `provider` names the authorization server, or the credential, where one set of tenants has several. `digest` is what
 * {@link withSecret} put there for a secret.
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
  readonly digest?: string | undefined
}

/**
 * A key. Two keys are equal, and find the same token, if all of their fields are; scopes and resources are sets, so
 * neither order nor repetition makes another key. No secret can be read in it.
 *
 * `storedAs` is the name under which a token store keeps what belongs to the key, and `id` the one in memory. A key that a
 * secret was bound to ({@link withSecret}) is kept in memory alone: what a store has could have been obtained with another
 * secret.
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
  readonly digest: string | undefined
  readonly storedAs: string
  readonly id: string

  constructor(fields: Fields) {
    this.provider = fields.provider
    this.tenant = fields.tenant
    this.clientId = fields.clientId
    this.audience = fields.audience
    this.resource = setOf(typeof fields.resource === "string" ? [fields.resource] : fields.resource)
    const scopes = typeof fields.scopes === "string" ? [fields.scopes] : (fields.scopes ?? [])
    this.scopes = setOf(scopes.flatMap((scope) => scope.split(/\s+/)))
    this.parameters = fields.parameters === undefined ? none : { ...fields.parameters }
    this.digest = fields.digest
    this.storedAs = canonical(this)
    this.id = this.digest === undefined ? this.storedAs : `${this.storedAs}#${this.digest}`
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
 * The key of a tenant whose secret the caller brings along: with another secret it is another key. In it stands a salted
 * SHA-256 digest of the secret, whose salt lives as long as the process; the secret itself is for the grant, which gets it
 * by {@link secretOf} and has to ask its server with it: only then has nobody a token that was obtained with a secret
 * that they do not know.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withSecret = (fields: Fields, secret: Redacted.Redacted): Effect.Effect<TokenKey> =>
  Effect.map(
    Effect.promise(() =>
      globalThis.crypto.subtle.digest("SHA-256", new TextEncoder().encode(salt + Redacted.value(secret)))
    ),
    (digest) => {
      const key = new TokenKey({ ...fields, digest: Encoding.encodeBase64Url(new Uint8Array(digest)) })
      secrets.set(key, secret)
      return key
    }
  )

/**
 * The secret that was bound to a key. A key that was made of another one's fields has none, though it has its digest.
 *
 * @since 0.1.0
 * @category accessors
 */
export const secretOf = (key: TokenKey): Option.Option<Redacted.Redacted> =>
  Option.fromNullable(secrets.get(key))

// beside the key, which is printed and compared
const secrets = new WeakMap<TokenKey, Redacted.Redacted>()

const salt = globalValue("effect-oauth/TokenKey/salt", () =>
  Encoding.encodeHex(globalThis.crypto.getRandomValues(new Uint8Array(32)))
)
