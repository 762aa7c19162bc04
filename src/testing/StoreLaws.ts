/**
 * The laws of token stores, for a store of one's own. They are plain values, tied to no test runner: each has a name, and
 * an effect that fails where the store does not keep it.
 *
 * A law uses keys that nobody has used before, and leaves records behind: run them on a store that is there for tests.
 *
 * @example
 * ```ts
 * import { TokenStore } from "effect-oauth"
 * import { StoreLaws } from "effect-oauth/testing"
 * import * as Effect from "effect/Effect"
 *
 * declare const test: (name: string, run: () => Promise<void>) => void
 * declare const store: TokenStore.LeasedService
 *
 * for (const law of StoreLaws.recordLaws) {
 *   test(law.name, () => Effect.runPromise(law.check(store)))
 * }
 * for (const law of StoreLaws.leaseLaws) {
 *   test(law.name, () => Effect.runPromise(law.check(store, { pass: Effect.sleep })))
 * }
 * ```
 *
 * @since 0.1.0
 */
export type { Time } from "./internal/storeLaws.js"
export { LawBroken } from "./internal/storeLaws.js"
export type { LeaseLaw } from "./internal/storeLawsOfLeases.js"
export { leaseLaws } from "./internal/storeLawsOfLeases.js"
export type { RecordLaw } from "./internal/storeLawsOfRecords.js"
export { recordLaws } from "./internal/storeLawsOfRecords.js"
export type { SiblingLaw } from "./internal/storeLawsOfSiblings.js"
export { siblingLaws } from "./internal/storeLawsOfSiblings.js"
