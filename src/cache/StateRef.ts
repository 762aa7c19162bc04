/**
 * The `Ref` that a cache's state stands in.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Effectable from "effect/Effectable"
import * as Readable from "effect/Readable"
import * as Ref from "effect/Ref"
import type { CacheState } from "./CacheState.js"
import { initial } from "./CacheState.js"

/**
 * A `Ref` whose value can also be read where it stands. A hit reads it so, in the one step that reads the clock; and
 * one of these is a tenth of the size of Effect's own, which counts where there are a hundred thousand.
 */
export class StateRef extends Effectable.Class<CacheState> implements Ref.Ref<CacheState> {
  current: CacheState = initial

  get [Ref.RefTypeId]() {
    return variance
  }

  get [Readable.TypeId](): Readable.TypeId {
    return Readable.TypeId
  }

  get get(): Effect.Effect<CacheState> {
    return Effect.sync(() => this.current)
  }

  modify<B>(f: (state: CacheState) => readonly [B, CacheState]): Effect.Effect<B> {
    return Effect.sync(() => {
      const [result, next] = f(this.current)
      this.current = next
      return result
    })
  }

  commit(): Effect.Effect<CacheState> {
    return this.get
  }
}

const variance = { _A: (state: CacheState) => state }
