/** What the stub authorization server and those who switch it have in common. */

/** How the server treats one client: `down` drops the connection, `limiting` answers 429, `refusing` 401. */
export type Mode = "ok" | "down" | "limiting" | "refusing"

/** The settings of one client, known to the server by its `client_id`. */
export interface Settings {
  readonly mode: Mode
  /** How long the server takes to answer, in milliseconds. */
  readonly delay: number
  /** The lifetime of its tokens, in seconds. */
  readonly lifetime: number
  /** Whether a refresh token is good for one use, and replaced with each. */
  readonly rotates: boolean
}

/** How many token requests the server got from one client since the settings were last changed, and in all. */
export interface Counts {
  readonly sinceChange: number
  readonly all: number
}

/** Where the server listens: token requests go over https, the API and the control requests over http. */
export interface Addresses {
  /** Such as `localhost:40123`. */
  readonly host: string
  readonly api: string
}

/** The n-th token of a client. */
export const tokenOf = (clientId: string, n: number): string => `${clientId}.${String(n)}.${padding}`

/** Tokens have the length of a small JWT. */
const padding = "x".repeat(200)
