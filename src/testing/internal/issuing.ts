/**
 * The tokens that a fake authorization server has issued, and what became of them.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

/**
 * An access token that the server issued.
 *
 * @since 0.1.0
 * @category models
 */
export interface IssuedToken {
  /** 1 for the first. */
  readonly number: number
  readonly value: Redacted.Redacted
  readonly clientId: string
  readonly scopes: ReadonlyArray<string>
  readonly issuedAt: DateTime.Utc
  readonly expiresAt: DateTime.Utc
  readonly isRevoked: boolean
  /** The consent that it goes back to, if to any. */
  readonly family: number | undefined
}

export interface RefreshToken {
  readonly clientId: string
  readonly scopes: ReadonlyArray<string>
  readonly family: number
  /** When it was rotated: another one stands in its place since. */
  readonly usedUpAt: number | undefined
  readonly isRevoked: boolean
}

/** Redacted values are equal where what they hide is, so they serve as keys. */
export interface Tokens {
  readonly access: HashMap.HashMap<Redacted.Redacted, IssuedToken>
  readonly refresh: HashMap.HashMap<Redacted.Redacted, RefreshToken>
  readonly families: number
}

export const none: Tokens = { access: HashMap.empty(), refresh: HashMap.empty(), families: 0 }

/** The next access token. */
export const issueAccess = (
  tokens: Tokens,
  options: {
    readonly prefix: string
    readonly clientId: string
    readonly scopes: ReadonlyArray<string>
    readonly at: number
    readonly lifetime: Duration.Duration
    readonly family: number | undefined
  }
): readonly [IssuedToken, Tokens] => {
  const { at, clientId, family, lifetime, prefix, scopes } = options
  const number = HashMap.size(tokens.access) + 1
  const issuedAt = DateTime.unsafeMake(at)
  const token: IssuedToken = {
    number,
    value: Redacted.make(`${prefix}access-token-${String(number)}`),
    clientId,
    scopes,
    issuedAt,
    expiresAt: DateTime.unsafeMake(Math.min(at + Duration.toMillis(lifetime), lastInstant)),
    isRevoked: false,
    family
  }
  return [token, { ...tokens, access: HashMap.set(tokens.access, token.value, token) }]
}

const lastInstant = 8.64e15

/** The next refresh token; of a new family, unless one is given. */
export const issueRefresh = (
  tokens: Tokens,
  options: {
    readonly prefix: string
    readonly clientId: string
    readonly scopes: ReadonlyArray<string>
    readonly family?: number
  }
): readonly [Redacted.Redacted, Tokens] => {
  const { clientId, prefix, scopes } = options
  const family = options.family ?? tokens.families + 1
  const value = Redacted.make(`${prefix}refresh-token-${String(HashMap.size(tokens.refresh) + 1)}`)
  const token: RefreshToken = { clientId, scopes, family, usedUpAt: undefined, isRevoked: false }
  return [
    value,
    {
      ...tokens,
      refresh: HashMap.set(tokens.refresh, value, token),
      families: Math.max(tokens.families, family)
    }
  ]
}

/** A refresh token was replaced by another. Its grace begins with the first time. */
export const useUp = (tokens: Tokens, value: Redacted.Redacted, at: number): Tokens => ({
  ...tokens,
  refresh: HashMap.modify(tokens.refresh, value, (token) => ({ ...token, usedUpAt: token.usedUpAt ?? at }))
})

/** Every token that goes back to one consent is revoked. */
export const revokeFamily = (tokens: Tokens, family: number): Tokens => ({
  ...tokens,
  access: HashMap.map(tokens.access, (token) =>
    token.family === family ? { ...token, isRevoked: true } : token
  ),
  refresh: HashMap.map(tokens.refresh, (token) =>
    token.family === family ? { ...token, isRevoked: true } : token
  )
})

/** An access token is revoked, or a refresh token with its family. */
export const revoke = (tokens: Tokens, value: Redacted.Redacted): Tokens =>
  Option.match(HashMap.get(tokens.refresh, value), {
    onSome: ({ family }) => revokeFamily(tokens, family),
    onNone: () => ({
      ...tokens,
      access: HashMap.modify(tokens.access, value, (token) => ({ ...token, isRevoked: true }))
    })
  })

export const revokeAll = (tokens: Tokens): Tokens => ({
  ...tokens,
  access: HashMap.map(tokens.access, (token) => ({ ...token, isRevoked: true })),
  refresh: HashMap.map(tokens.refresh, (token) => ({ ...token, isRevoked: true }))
})

/** An access token that is good at an instant. */
export const activeAccess = (
  tokens: Tokens,
  value: Redacted.Redacted,
  at: number
): Option.Option<IssuedToken> =>
  Option.filter(
    HashMap.get(tokens.access, value),
    (token) => !token.isRevoked && at < DateTime.toEpochMillis(token.expiresAt)
  )

export const isActive = (tokens: Tokens, value: Redacted.Redacted, at: number): boolean =>
  Option.isSome(activeAccess(tokens, value, at)) ||
  Option.exists(
    HashMap.get(tokens.refresh, value),
    (token) => !token.isRevoked && token.usedUpAt === undefined
  )

/** The access tokens in the order in which they were issued. */
export const inOrder = (tokens: Tokens): ReadonlyArray<IssuedToken> =>
  [...HashMap.values(tokens.access)].sort((a, b) => a.number - b.number)
