import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { TokenStore } from "../library.js"

/** Where tokens are kept, for a measure of it. */
export interface Place {
  readonly name: string
  readonly contents: "in memory" | "plain text" | "sealed"
  /** Another client of it, as another process would have one. */
  readonly connect: Effect.Effect<TokenStore.LeasedService, unknown, Scope.Scope>
  /** The least that such a client can be asked for; nothing where there is none. */
  readonly query: Effect.Effect<unknown, unknown> | undefined
}

/** The places that there are, and why others are not. */
export interface Places {
  readonly places: ReadonlyArray<Place>
  /** What their figures depend on, in words. */
  readonly notes: ReadonlyArray<string>
}
