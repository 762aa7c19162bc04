/**
 * What most runs of the command have no use for, loaded by those that have.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"

/**
 * Everything about token stores.
 *
 * @since 0.1.0
 * @category constructors
 */
export const lazily = Effect.promise(() => import("./stores.js"))
