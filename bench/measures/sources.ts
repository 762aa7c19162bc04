import type { Credential, Peer, TokenSource } from "../peers/peer.js"
import { everyone } from "../peers/index.js"
import { configure } from "../server/control.js"
import type { Addresses, Settings } from "../server/protocol.js"

/** A peer's tokens, for a client that the server knows by the purpose and the peer. */
export interface Opened extends TokenSource {
  readonly peer: Peer
  readonly clientId: string
}

export const open = async (
  server: Addresses,
  peer: Peer,
  purpose: string,
  settings: Partial<Settings> = {}
): Promise<Opened> => {
  const clientId = `${purpose}-${everyone.indexOf(peer).toString()}`
  await configure(server, clientId, settings)
  const credential: Credential = {
    server,
    clientId,
    clientSecret: "not-a-secret",
    margin: Math.min(300, (settings.lifetime ?? 3600) / 5)
  }
  return { ...(await peer.make(credential)), peer, clientId }
}

/** Every peer with a token in hand, which has been found to be the right one. */
export const openAllWarm = async (
  server: Addresses,
  purpose: string,
  wrong: Array<string>
): Promise<ReadonlyArray<Opened>> => {
  const sources: Array<Opened> = []
  for (const peer of everyone) {
    const source = await open(server, peer, purpose)
    const tokens = [await source.get(), await source.get()]
    if (!tokens.every((token) => token.startsWith(`${source.clientId}.1.`))) {
      wrong.push(`${peer.name}: a warm get did not answer the token in hand`)
    }
    sources.push(source)
  }
  return sources
}
