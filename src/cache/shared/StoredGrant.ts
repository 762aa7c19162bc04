/**
 * The grant that a token cache keeps in its store, and its encoding. Instants are milliseconds since the epoch.
 *
 * @internal
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Entry, RecordKey, TokenRecord } from "../../store/TokenStore.js"
import { AccessToken } from "../../token/AccessToken.js"
import type { Held } from "../../token/Grant.js"

/** Says which refresh is sending the grant to the server, and since when. It is written before the request is sent. */
export interface Intent {
  readonly id: string
  readonly at: number
}

export interface StoredGrant {
  readonly token: AccessToken | undefined
  /** When to refresh the token, if the server said so. */
  readonly refreshIn: Duration.Duration | undefined
  readonly refreshToken: Redacted.Redacted | undefined
  readonly intent: Intent | undefined
  /** When the grant was first sent without its response being saved. */
  readonly lostAt: number | undefined
  /** Whether the server rejected the grant for good. */
  readonly isEnded: boolean
  /** Digests of the initial refresh tokens that were used under this key, the latest last. */
  readonly seenRefreshTokens: ReadonlyArray<string>
}

/** A stored value and the version that the next save has to name. */
export interface Versioned<A> {
  readonly version: number
  readonly value: A
}

export const empty: StoredGrant = {
  token: undefined,
  refreshIn: undefined,
  refreshToken: undefined,
  intent: undefined,
  lostAt: undefined,
  isEnded: false,
  seenRefreshTokens: []
}

/** Starts a new grant from a refresh token that the record has not seen. */
export const fromRefreshToken = (
  initialRefreshToken: Redacted.Redacted,
  digest: string,
  before: StoredGrant
): StoredGrant => ({
  ...empty,
  refreshToken: initialRefreshToken,
  seenRefreshTokens: [...before.seenRefreshTokens, digest].slice(-maxSeenRefreshTokens)
})

const maxSeenRefreshTokens = 16

/** When the grant was first sent, if its response was not saved. */
export const unconfirmedSince = ({ intent, lostAt }: StoredGrant): number | undefined => lostAt ?? intent?.at

export const grantStateOf = (stored: StoredGrant): Held => ({
  accessToken: Option.fromNullable(stored.token),
  refreshToken: Option.fromNullable(stored.refreshToken),
  presentedAt: Option.map(Option.fromNullable(unconfirmedSince(stored)), (at) => DateTime.unsafeMake(at))
})

/** The state that a grant's request is given: nothing for an empty record, which an ended grant is not. */
export const previousOf = (stored: StoredGrant): Held | undefined =>
  stored.token === undefined &&
  stored.refreshToken === undefined &&
  unconfirmedSince(stored) === undefined &&
  !stored.isEnded
    ? undefined
    : grantStateOf(stored)

const Content = Schema.parseJson(
  Schema.Struct({
    format: Schema.Literal(1),
    accessToken: Schema.optional(
      Schema.Struct({
        value: Schema.String,
        header: Schema.String,
        scheme: Schema.optional(Schema.String),
        scopes: Schema.Array(Schema.String),
        issuedAt: Schema.Number,
        expiresAt: Schema.Number,
        refreshIn: Schema.optional(Schema.Number),
        parameters: Schema.Record({ key: Schema.String, value: Schema.String })
      })
    ),
    refreshToken: Schema.optional(Schema.String),
    mark: Schema.optional(Schema.Struct({ id: Schema.String, at: Schema.Number })),
    lostAt: Schema.optional(Schema.Number),
    isEnded: Schema.optional(Schema.Boolean),
    seeds: Schema.optional(Schema.Array(Schema.String))
  })
)

const encodeContent = Schema.encodeSync(Content)
const decodeContent = Schema.decodeOption(Content)

export const encode = (key: RecordKey, stored: StoredGrant): Entry => {
  const { intent, isEnded, lostAt, refreshIn, refreshToken, seenRefreshTokens, token } = stored
  const content = encodeContent({
    format: 1,
    accessToken:
      token === undefined
        ? undefined
        : {
            value: Redacted.value(token.value),
            header: token.presentation.header,
            scheme: token.presentation.scheme,
            scopes: token.scopes,
            issuedAt: DateTime.toEpochMillis(token.issuedAt),
            expiresAt: DateTime.toEpochMillis(token.expiresAt),
            // JSON has no infinity, and an infinite duration asks for nothing.
            refreshIn:
              refreshIn === undefined || !Duration.isFinite(refreshIn)
                ? undefined
                : Duration.toMillis(refreshIn),
            parameters: token.parameters
          },
    refreshToken: refreshToken === undefined ? undefined : Redacted.value(refreshToken),
    mark: intent,
    lostAt,
    isEnded: isEnded ? true : undefined,
    seeds: seenRefreshTokens.length === 0 ? undefined : seenRefreshTokens
  })
  return {
    key,
    content: Redacted.make(content),
    expiresAt: Option.map(Option.fromNullable(token), ({ expiresAt }) => expiresAt),
    presentedAt: Option.map(Option.fromNullable(intent), ({ at }) => DateTime.unsafeMake(at))
  }
}

/** Returns `None` if a token cache did not write the content. */
export const decode = ({ content }: TokenRecord): Option.Option<StoredGrant> =>
  Option.map(
    decodeContent(Redacted.value(content)),
    ({ accessToken, isEnded = false, lostAt, mark, refreshToken, seeds = [] }) => ({
      token:
        accessToken === undefined
          ? undefined
          : new AccessToken({
              value: Redacted.make(accessToken.value),
              presentation: { header: accessToken.header, scheme: accessToken.scheme },
              scopes: accessToken.scopes,
              issuedAt: DateTime.unsafeMake(accessToken.issuedAt),
              expiresAt: DateTime.unsafeMake(accessToken.expiresAt),
              parameters: accessToken.parameters
            }),
      refreshIn: accessToken?.refreshIn === undefined ? undefined : Duration.millis(accessToken.refreshIn),
      refreshToken: refreshToken === undefined ? undefined : Redacted.make(refreshToken),
      intent: mark,
      lostAt,
      isEnded,
      seenRefreshTokens: seeds
    })
  )
