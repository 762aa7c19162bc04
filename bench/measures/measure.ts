import type { Report } from "../lib/report.js"
import type { Peer } from "../peers/peer.js"
import type { Certificate } from "../../servers/certificate.js"
import type { Addresses } from "../server/protocol.js"

/** What a measure is told. */
export interface Bench {
  readonly server: Addresses
  /** For further servers: the certificate that every process of the run trusts. */
  readonly certificate: Certificate
  /** Fewer rounds, and less of what takes long. */
  readonly quick: boolean
}

/** One measure. It runs in a process of its own, so that none leaves its traces in the compiled code of another. */
export interface Measure {
  readonly name: string
  readonly run: (bench: Bench) => Promise<Report>
  /** What is done with one peer, for measures that give each peer a process of its own. */
  readonly runPeer?: (bench: Bench, peer: Peer) => Promise<unknown>
}
