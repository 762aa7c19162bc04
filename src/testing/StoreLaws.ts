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
export type {
  /**
   * How time passes for a store: a test clock is moved, the time of a database is waited for. It may pass for longer.
   *
   * @since 0.1.0
   * @category models
   */
  Time
} from "./internal/storeLaws.js"
export {
  /**
   * A store does not do what a law says.
   *
   * @since 0.1.0
   * @category errors
   */
  LawBroken
} from "./internal/storeLaws.js"
export type {
  /**
   * A law of every store with leases.
   *
   * @since 0.1.0
   * @category models
   */
  LeaseLaw
} from "./internal/storeLawsOfLeases.js"
export {
  /**
   * The laws of the stores with leases, beside those of every store.
   *
   * @since 0.1.0
   * @category laws
   */
  leaseLaws
} from "./internal/storeLawsOfLeases.js"
export type {
  /**
   * A law of every store.
   *
   * @since 0.1.0
   * @category models
   */
  RecordLaw
} from "./internal/storeLawsOfRecords.js"
export {
  /**
   * The laws of every store.
   *
   * @since 0.1.0
   * @category laws
   */
  recordLaws
} from "./internal/storeLawsOfRecords.js"
export type {
  /**
   * A law of two stores over one place.
   *
   * @since 0.1.0
   * @category models
   */
  SiblingLaw
} from "./internal/storeLawsOfSiblings.js"
export {
  /**
   * The laws of two stores with leases over one place: two directories of one path, two clients of one database.
   *
   * @since 0.1.0
   * @category laws
   */
  siblingLaws
} from "./internal/storeLawsOfSiblings.js"
