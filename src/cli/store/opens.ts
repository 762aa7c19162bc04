/** Whether what is in a store opens. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { seal } from "../../store/SealedTokenStore.js"
import type { Cipher } from "../../store/TokenCipher.js"
import type { LeasedService } from "../../store/TokenStore.js"
import type { StoreFailure } from "../../token/TokenError.js"
import type { Problem } from "../Problem.js"
import { fromTokenError } from "../Problem.js"
import { count } from "../render/text.js"
import { describeName, namesText } from "./describe.js"
import type { Failed, Finding } from "./finding.js"
import type { Named } from "./records.js"

/** How one record opens. One that was removed since it was listed is nobody's concern. */
type Opening = "newest" | "older" | "gone" | "closed"

const openOne = (
  store: LeasedService,
  { newest }: Cipher,
  { key }: Named
): Effect.Effect<Opening, StoreFailure> =>
  store.load(key).pipe(
    Effect.map(({ record }): Opening =>
      Option.match(record, {
        onNone: () => "gone",
        onSome: ({ sealedWith }) => (sealedWith === newest ? "newest" : "older")
      })
    ),
    Effect.catchIf(
      ({ reason }) => reason === "Undecryptable",
      () => Effect.succeed<Opening>("closed")
    )
  )

/**
 * Opens each record with the cipher: which of them it does not open, and which it opens with a key that is not the newest.
 */
export const openAll = (
  store: LeasedService,
  cipher: Cipher,
  records: ReadonlyArray<Named>
): Effect.Effect<Finding, Failed> =>
  Effect.gen(function* () {
    const sealed = seal(store, cipher)
    const found = yield* Effect.forEach(
      records,
      (record) => Effect.map(openOne(sealed, cipher, record), (opening) => ({ record, opening })),
      { concurrency: 8 }
    ).pipe(Effect.mapError((error) => ({ error: fromTokenError(error) })))
    const those = (wanted: Opening) =>
      found.flatMap(({ opening, record }) => (opening === wanted ? [record] : []))
    const [closed, older] = [those("closed"), those("older")]
    const facts = {
      key: cipher.newest ?? null,
      olderKey: older.map(describeName),
      undecryptable: closed.map(describeName)
    }
    if (closed.length > 0) {
      return yield* Effect.fail<Failed>({ error: undecryptable(closed, records.length), facts })
    }
    const all = cipher.newest === undefined ? "in plain text" : `with ${cipher.newest}`
    if (older.length === 0) return { text: `all of them, ${all}`, facts }
    const text = `all of them, ${count(older.length, "record")} with an older key than ${cipher.newest ?? ""}`
    return { text, advice: rekeyAdvice, facts }
  })

const rekeyAdvice =
  "`effect-oauth store rekey` seals them with the newest one; until then the older keys have to stay."

const undecryptable = (closed: ReadonlyArray<Named>, all: number): Problem => ({
  tag: "StoreFailure",
  reason: "Undecryptable",
  message: `${closed.length} of ${count(all, "record")} cannot be opened: ${namesText(closed)}`,
  remedy:
    "Add the key that they were sealed with to OAUTH_STORE_KEYS: `effect-oauth store list` shows its id. If it is lost, so is what they hold: remove them."
})
