import { setTimeout as sleep } from "node:timers/promises"
import { everyone } from "../peers/index.js"
import type { Peer } from "../peers/peer.js"
import { counts } from "../server/control.js"
import type { Addresses } from "../server/protocol.js"
import { open } from "./sources.js"

/** Whether 100 callers at once cost one token request. One peer after the other: they would slow each other down. */
export const whoSharesFlights = async (server: Addresses): Promise<ReadonlySet<Peer>> => {
  const sharing = new Set<Peer>()
  for (const peer of everyone) {
    const source = await open(server, peer, "sharing", { delay: 50 })
    await Promise.all(Array.from({ length: 100 }, () => source.get()))
    if ((await counts(server, source.clientId)).sinceChange === 1) sharing.add(peer)
    await source.close?.()
  }
  return sharing
}

/** Whether a get brings another token once the first has expired. */
export const whoChecksExpiry = async (server: Addresses): Promise<ReadonlySet<Peer>> => {
  const lifetime = 1
  const checking = new Set<Peer>()
  const check = async (peer: Peer) => {
    const source = await open(server, peer, "expiry", { lifetime })
    const token = await source.get()
    await sleep(lifetime * 1000 + 200)
    if ((await source.get()) !== token) checking.add(peer)
    await source.close?.()
  }
  await Promise.all(everyone.map(check))
  return checking
}
