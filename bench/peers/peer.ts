import type { Addresses } from "../server/protocol.js"

/** What a peer is told: the same for all of them. */
export interface Credential {
  readonly server: Addresses
  readonly clientId: string
  readonly clientSecret: string
  /** How long before expiry a token is to be renewed, in seconds, for peers that let their users choose. */
  readonly margin: number
}

/** One credential's tokens. */
export interface TokenSource {
  readonly get: () => Promise<string>
  readonly close?: () => Promise<void>
}

/** One of those who are measured, behind what they have in common. */
export interface Peer {
  /** The name of its package, where it has one. */
  readonly name: string
  /** What is to be known where its figures stand: a margin that cannot be chosen, a cache that its documentation leaves to the user. */
  readonly note: string
  readonly make: (credential: Credential) => Promise<TokenSource>
}

export const tokenUrl = ({ host }: Addresses): string => `https://${host}/tenant/oauth2/v2.0/token`

/** What most applications have: a variable, and a look at the clock. */
export const variable = (
  margin: number,
  request: () => Promise<{ readonly token: string; readonly expiresIn: number }>
): TokenSource => {
  let token: string | undefined
  let expiresAt = 0
  return {
    get: async () => {
      if (token === undefined || Date.now() > expiresAt - margin * 1000) {
        const answer = await request()
        token = answer.token
        expiresAt = Date.now() + answer.expiresIn * 1000
      }
      return token
    }
  }
}
