/** What a process is told to do, and what it says. */
import type { RecordKey } from "../../../../src/store/TokenStore.js"

export interface Orders {
  readonly database: { readonly sqlite: string } | { readonly postgres: string }
  readonly holder: string
  /** How often it adds one to a number, without a lease. */
  readonly adds: number
  /** How many turns it takes, in each of which it adds its fence to a list. */
  readonly turns: number
}

/** That it is ready, or how it has ended. */
export type Word = "ready" | { readonly problem: string | undefined }

const keyOf = (id: string): RecordKey => ({ provider: "app/Server", tenant: undefined, id })

export const counter = keyOf("counter")
export const fences = keyOf("fences")
