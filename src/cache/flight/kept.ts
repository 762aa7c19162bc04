/**
 * What a token cache keeps in its store, and how that is written. Instants are milliseconds since the epoch.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Entry, RecordKey, TokenRecord } from "../../store/TokenStore.js"
import { AccessToken } from "../../token/AccessToken.js"
import type { Held } from "../../token/Grant.js"

/** Says that what is kept is being presented to the server, by whom and since when. */
export interface Mark {
  readonly id: string
  readonly at: number
}

export interface Kept {
  readonly token: AccessToken | undefined
  /** The server's own wish for when to refresh the token. */
  readonly refreshIn: Duration.Duration | undefined
  readonly refreshToken: Redacted.Redacted | undefined
  readonly mark: Mark | undefined
  /** When what is kept was first presented in vain: the answer never came to be kept. */
  readonly lostAt: number | undefined
  /** The server takes the grant no more. */
  readonly isEnded: boolean
  /** Digests of the refresh tokens that grants have begun with under this key, the latest last. */
  readonly seeds: ReadonlyArray<string>
}

export const nothing: Kept = {
  token: undefined,
  refreshIn: undefined,
  refreshToken: undefined,
  mark: undefined,
  lostAt: undefined,
  isEnded: false,
  seeds: []
}

/** A grant that begins with a refresh token, given by its digest, in place of what was kept. */
export const begin = (seed: Redacted.Redacted, digest: string, before: Kept): Kept => ({
  ...nothing,
  refreshToken: seed,
  seeds: [...before.seeds, digest].slice(-mostSeeds)
})

const mostSeeds = 16

/** When what is kept was presented first without that its answer was kept. */
export const presentedAt = ({ lostAt, mark }: Kept): number | undefined => lostAt ?? mark?.at

/** What a grant is given of it. */
export const heldOf = (kept: Kept): Held => ({
  accessToken: Option.fromNullable(kept.token),
  refreshToken: Option.fromNullable(kept.refreshToken),
  presentedAt: Option.map(Option.fromNullable(presentedAt(kept)), (at) => DateTime.unsafeMake(at))
})

/** The same for one who is asked with it: nothing where nothing was kept. A grant that has ended is something. */
export const previousOf = (kept: Kept): Held | undefined =>
  kept.token === undefined &&
  kept.refreshToken === undefined &&
  presentedAt(kept) === undefined &&
  !kept.isEnded
    ? undefined
    : heldOf(kept)

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

/** The entry that keeps it under a key. */
export const encode = (key: RecordKey, kept: Kept): Entry => {
  const { isEnded, lostAt, mark, refreshIn, refreshToken, seeds, token } = kept
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
            // JSON has no number for one without end, which is no wish
            refreshIn:
              refreshIn === undefined || !Duration.isFinite(refreshIn)
                ? undefined
                : Duration.toMillis(refreshIn),
            parameters: token.parameters
          },
    refreshToken: refreshToken === undefined ? undefined : Redacted.value(refreshToken),
    mark,
    lostAt,
    isEnded: isEnded ? true : undefined,
    seeds: seeds.length === 0 ? undefined : seeds
  })
  return {
    key,
    content: Redacted.make(content),
    expiresAt: Option.map(Option.fromNullable(token), ({ expiresAt }) => expiresAt),
    presentedAt: Option.map(Option.fromNullable(mark), ({ at }) => DateTime.unsafeMake(at))
  }
}

/** What a record keeps; nothing where its content is none of a token cache. */
export const decode = ({ content }: TokenRecord): Option.Option<Kept> =>
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
      mark,
      lostAt,
      isEnded,
      seeds
    })
  )
