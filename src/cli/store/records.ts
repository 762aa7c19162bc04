/** The records of a store, as far as they can be told without opening one. */
import * as Array from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Order from "effect/Order"
import * as Stream from "effect/Stream"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { digest } from "../../store/digest.js"
import type { LeasedService, RecordKey, Summary, TokenRecord } from "../../store/TokenStore.js"
import { never } from "../../token/AccessToken.js"
import type { StoreFailure } from "../../token/TokenError.js"
import type { Cipher } from "../../store/TokenCipher.js"
import { plainText } from "../../store/TokenCipher.js"

/**
 * How a record is: its access token lives, or has expired; there is none in it; or what it holds is being presented to a
 * server right now, as somebody who asks for the next token has noted.
 */
export type RecordState = "fresh" | "expired" | "no token" | "presenting"

/**
 * A record without its content. `digest` is the SHA-256 of its key's id, and `shortId` as much of its beginning as tells it
 * from every other record of the store.
 */
export interface ListedRecord extends Summary {
  readonly digest: string
  readonly shortId: string
  readonly state: RecordState
  readonly sealedWith: KeyId
}

/** A record as the store lists it, before its content is inspected. */
export type Named = Summary & Pick<ListedRecord, "digest" | "shortId">

/** All records, in the order of provider, tenant and id. */
export const list = (store: LeasedService): Effect.Effect<ReadonlyArray<Named>, StoreFailure> =>
  Effect.gen(function* () {
    const summaries = yield* Stream.runCollect(store.list)
    const digested = yield* Effect.forEach(summaries, (summary) =>
      Effect.map(digest(summary.key.id), (digest) => ({ ...summary, digest }))
    )
    const length = shortLength(digested.map(({ digest }) => digest))
    return Array.sort(
      digested.map((record) => ({ ...record, shortId: record.digest.slice(0, length) })),
      Order.mapInput(byOwner, ({ key }: Summary) => key)
    )
  })

/**
 * Looks at what is told of these records beside their contents. One that was removed meanwhile is left out.
 */
export const inspect = (
  store: LeasedService,
  records: ReadonlyArray<Named>
): Effect.Effect<ReadonlyArray<ListedRecord>, StoreFailure> =>
  Effect.flatMap(DateTime.now, (now) =>
    Effect.map(
      Effect.forEach(records, (record) => lookAt(store, record, now), { concurrency: 8 }),
      Array.getSomes
    )
  )

const lookAt = (
  store: LeasedService,
  record: Named,
  now: DateTime.Utc
): Effect.Effect<Option.Option<ListedRecord>, StoreFailure> => {
  const listed = (summary: Summary, sealedWith: KeyId): ListedRecord => {
    const { expiresAt, presentedAt, savedAt, version } = summary
    return { ...record, expiresAt, presentedAt, savedAt, version, sealedWith, state: stateOf(summary, now) }
  }
  return store.load(record.key).pipe(
    Effect.flatMap(({ record }) =>
      Effect.transposeMapOption(record, (found) =>
        Effect.map(keyIdOf(found), (sealedWith) => listed(found, sealedWith))
      )
    ),
    // what stands there now is no record of this key
    Effect.catchIf(
      ({ reason }) => reason === "Undecryptable",
      () => Effect.succeedSome(listed(record, { _tag: "Unknown" }))
    )
  )
}

/** How a record is at an instant. */
export const stateOf = (
  { expiresAt, presentedAt }: Pick<Summary, "expiresAt" | "presentedAt">,
  now: DateTime.Utc
): RecordState => {
  if (Option.isSome(presentedAt)) return "presenting"
  if (Option.isNone(expiresAt)) return "no token"
  return DateTime.lessThan(now, expiresAt.value) ? "fresh" : "expired"
}

/** When a record's token expires, if it ever does. */
export const expiryOf = ({ expiresAt }: Pick<Summary, "expiresAt">): Option.Option<DateTime.Utc> =>
  Option.filter(expiresAt, (at) => !DateTime.Equivalence(at, never))

/** At least eight digits, and as many as it takes to tell all of them apart. */
const shortLength = (digests: ReadonlyArray<string>): number => {
  let length = 8
  while (new Set(digests.map((one) => one.slice(0, length))).size < digests.length && length < 64) length++
  return length
}

const byOwner: Order.Order<RecordKey> = Order.combineAll([
  Order.mapInput(Order.string, ({ provider }: RecordKey) => provider),
  Order.mapInput(Order.string, ({ tenant = "" }: RecordKey) => tenant),
  Order.mapInput(Order.string, ({ id }: RecordKey) => id)
])

/** The id of a key, that there is none since the content is plain text, or that it is neither. */
export type KeyId =
  | { readonly _tag: "Key"; readonly id: string }
  | { readonly _tag: "PlainText" }
  | { readonly _tag: "Unknown" }

/**
 * A cipher that passes contents unchanged. It lets the command inspect a store without its keys.
 */
export const untouched: Cipher = {
  newest: undefined,
  seal: (_key, _version, content) => Effect.succeed(content),
  open: (_key, _version, content) => Effect.succeed({ content, sealedWith: undefined })
}

/** The key id that a stored record names. It is not authenticated: anyone who can write to the store can change it. */
export const keyIdOf = ({ content, key, version }: TokenRecord): Effect.Effect<KeyId> =>
  Effect.match(plainText.open(key, version, content), {
    onSuccess: () => ({ _tag: "PlainText" }),
    onFailure: () =>
      Option.match(decodeEnvelope(Redacted.value(content)), {
        onNone: () => ({ _tag: "Unknown" }),
        onSome: ({ protected: { kid } }) => ({ _tag: "Key", id: kid })
      })
  })

/** The header of a JWE (RFC 7516) in its JSON serialization. */
const Envelope = Schema.parseJson(
  Schema.Struct({
    protected: Schema.compose(
      Schema.StringFromBase64Url,
      Schema.parseJson(Schema.Struct({ kid: Schema.String.pipe(Schema.pattern(/^[\w.-]{1,32}$/)) }))
    )
  })
)

const decodeEnvelope = Schema.decodeOption(Envelope)
