/** What a look at a store has found. */
import type { Problem } from "../Problem.js"

/** A line for people, with what to do about it if there is something to do, and the same for programs. */
export interface Finding {
  readonly text: string
  readonly advice?: string
  readonly facts?: Readonly<Record<string, unknown>>
}

/** What keeps a store from being fit for use. */
export interface Failed extends Pick<Finding, "facts"> {
  readonly error: Problem
}
