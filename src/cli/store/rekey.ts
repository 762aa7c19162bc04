/** `effect-oauth store rekey`: seals what is in the store with the newest key. */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import type { Counts } from "../../store/SealedTokenStore.js"
import * as SealedTokenStore from "../../store/SealedTokenStore.js"
import { TokenCipher } from "../../store/TokenCipher.js"
import type { LeasedService } from "../../store/TokenStore.js"
import { TokenStore } from "../../store/TokenStore.js"
import type { StoreFailure } from "../../token/TokenError.js"
import { failed, Stop } from "../ExitCode.js"
import { Output } from "../Output.js"
import { column, count } from "../render/text.js"
import { describeName, nameText } from "./describe.js"
import { openOrExit, orStop } from "./open.js"
import type { StoreOptions } from "./options.js"
import type { Named } from "./records.js"
import { inspect, list } from "./records.js"
import { configuredStoreAndKeys } from "./settings.js"

/** Seals every record anew that another key has sealed. It can be stopped at any time, and run again. */
export const rekey = (
  options: StoreOptions
): Effect.Effect<void, Stop, Output | FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const output = yield* Output
    const { cipher, location } = yield* configuredStoreAndKeys(options)
    const store = yield* openOrExit(location, options)
    const counts = yield* SealedTokenStore.rekey.pipe(
      Effect.provideService(TokenStore, SealedTokenStore.seal(store, cipher)),
      Effect.provideService(TokenCipher, cipher),
      (counting) => orStop(counting, options)
    )
    const left = yield* orStop(leftOf(store, counts, cipher.newest), options)
    yield* options.json
      ? output.json({
          store: location.shown,
          key: cipher.newest ?? null,
          rekeyed: counts.rekeyed,
          current: counts.current,
          gone: counts.gone,
          busy: left.busy.map(describeName),
          undecryptable: left.undecryptable.map(describeName)
        })
      : Effect.forEach(lines(counts, left, cipher.newest), output.line, { discard: true })
    if (left.busy.length + left.undecryptable.length > 0) return yield* new Stop({ code: failed })
  }).pipe(Effect.scoped)

/** The records that have to be come back to, and those that no key opens. */
export interface Left {
  readonly busy: ReadonlyArray<Named>
  readonly undecryptable: ReadonlyArray<Named>
}

/** The records without the newest key. Another process may have changed those that kept changing. */
export const leftOf = (
  store: LeasedService,
  { busy, undecryptable }: Counts,
  newest: string | undefined
): Effect.Effect<Left, StoreFailure> =>
  Effect.gen(function* () {
    if (busy + undecryptable.length === 0) return { busy: [], undecryptable: [] }
    const records = yield* list(store)
    const isUndecryptable = ({ key }: Named) => undecryptable.includes(key.id)
    const others = busy === 0 ? [] : records.filter((record) => !isUndecryptable(record))
    const isLeft = yield* Effect.map(
      inspect(store, others),
      (found) =>
        new Set(
          found.flatMap(({ key, sealedWith }) =>
            sealedWith._tag === "Key" && sealedWith.id === newest ? [] : [key.id]
          )
        )
    )
    return {
      busy: others.filter(({ key }) => isLeft.has(key.id)),
      undecryptable: records.filter(isUndecryptable)
    }
  })

const lines = (counts: Counts, left: Left, newest: string | undefined): ReadonlyArray<string> => {
  const { current, gone, rekeyed } = counts
  const amounts = [rekeyed, current, gone, left.busy.length, left.undecryptable.length]
  const width = Math.max(...amounts.map((amount) => String(amount).length)) + 2
  const row = (amount: number, text: string) => `  ${column(String(amount), width)}${text}`
  const rows = (records: ReadonlyArray<Named>, text: string) =>
    records.length === 0
      ? []
      : [row(records.length, text), ...records.map((record) => `    ${nameText(record)}`)]
  return [
    newest === undefined ? "plain text: nothing is sealed" : `sealed with ${newest}`,
    row(rekeyed, "sealed anew"),
    row(current, newest === undefined ? "in plain text" : "sealed with it already"),
    row(gone, "removed meanwhile"),
    ...rows(left.busy, "changed by others each time; run it again"),
    ...rows(left.undecryptable, "that no key opens; add the key that they were sealed with, or remove them"),
    ...verdict(left, newest)
  ]
}

const verdict = (left: Left, newest: string | undefined): ReadonlyArray<string> => {
  const amount = left.busy.length + left.undecryptable.length
  if (amount > 0) return [`${count(amount, "record")} left: the other keys have to stay`]
  return newest === undefined ? [] : ["the other keys can go"]
}
