/** The messages between the process of the rotating server and the test that has started it. */

/** How the server treats one client. */
export interface ClientSettings {
  /** How long its access tokens live, in whole seconds. */
  readonly lifetime: number
  /**
   * For how many milliseconds after its first use a refresh token is taken again. 0: its second use revokes the grant. Only
   * the answer to the last use counts, and the use of its refresh token ends the time.
   */
  readonly grace: number
  /** How long a request waits before it is handled, and its answer before it is sent, in milliseconds. */
  readonly delays?: readonly [before: number, after: number] | undefined
}

/** A client that was registered. */
export interface Client {
  readonly id: string
  readonly secret: string
}

/** A refresh token as it came to the server. */
export interface Presented {
  readonly digest: string
  /** The grant that it belongs to, and how many rotations after its beginning; unless the server does not know it. */
  readonly grant: string | undefined
  readonly generation: number | undefined
}

/** A request to the token endpoint. */
export interface TokenRequest {
  /** When it arrived, in milliseconds since the epoch. */
  readonly at: number
  /** Who has sent it, as its `User-Agent` says. */
  readonly caller: string | undefined
  readonly presented: Presented | undefined
  /** Not there while it is handled, and where it was never handled. */
  readonly status: number | undefined
  /** The digest of the access token that was issued, and when it was. */
  readonly issued: { readonly digest: string; readonly at: number } | undefined
}

/** What the server can be asked, and what it answers. */
export interface Commands {
  readonly register: { readonly input: ClientSettings; readonly output: Client }
  /** A new grant of a client: a person has logged in. */
  readonly mint: {
    readonly input: { readonly client: string }
    readonly output: { readonly grant: string; readonly refreshToken: string }
  }
  readonly requests: {
    readonly input: { readonly client: string }
    readonly output: ReadonlyArray<TokenRequest>
  }
  /** The next request of the client stops as it arrives, or when it was handled and its answer is to be sent. */
  readonly hold: { readonly input: { readonly client: string; readonly at: Stop }; readonly output: null }
  /** The request that was stopped goes on. A request whose sender has gone before it was handled, never is. */
  readonly letGo: { readonly input: { readonly client: string }; readonly output: null }
  /** The request that was stopped, or its answer, gets lost with its connection. */
  readonly lose: { readonly input: { readonly client: string }; readonly output: null }
}

export type Stop = "arrived" | "handled"

/** A command as it is sent. */
export type Command = {
  readonly [K in keyof Commands]: { readonly id: number; readonly command: K } & Pick<Commands[K], "input">
}[keyof Commands]

/** What the server sends. */
export type Message =
  | { readonly type: "listening"; readonly tokenUrl: string }
  | { readonly type: "answer"; readonly id: number; readonly output: unknown }
  | News

/** What happens to a token request; it is over when its answer was sent, or its connection is no more. */
export type News = Happening<"arrived"> | Happening<"handled"> | Happening<"held"> | Happening<"over">

interface Happening<T extends Stop | "held" | "over"> {
  readonly type: T
  readonly client: string
  readonly caller: string | undefined
  /** Once it was handled. */
  readonly status?: number | undefined
}
