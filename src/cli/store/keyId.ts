/** Which key a content was sealed with, told without any key. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Cipher } from "../../store/TokenCipher.js"
import { plainText } from "../../store/TokenCipher.js"
import type { TokenRecord } from "../../store/TokenStore.js"

/** The id of a key, that there is none since the content is plain text, or that it is neither. */
export type KeyId =
  | { readonly _tag: "Key"; readonly id: string }
  | { readonly _tag: "PlainText" }
  | { readonly _tag: "Unknown" }

/**
 * No cipher at all: contents pass as they stand in the store. With it, a store is looked at without its keys.
 */
export const untouched: Cipher = {
  newest: undefined,
  seal: (_key, _version, content) => Effect.succeed(content),
  open: (_key, _version, content) => Effect.succeed({ content, sealedWith: undefined })
}

/** Of a record as it stands in the store. Nothing vouches for it: whoever can write there can write any. */
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
