/**
 * What a look at a store has found.
 *
 * @since 0.1.0
 */
import type { Problem } from "../Problem.js"

/**
 * A line for people, with what to do about it if there is something to do, and the same for programs.
 *
 * @since 0.1.0
 * @category models
 */
export interface Finding {
  readonly text: string
  readonly advice?: string
  readonly facts?: Readonly<Record<string, unknown>>
}

/**
 * What keeps a store from being fit for use.
 *
 * @since 0.1.0
 * @category models
 */
export interface Failed extends Pick<Finding, "facts"> {
  readonly error: Problem
}
