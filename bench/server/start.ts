import { fork } from "node:child_process"
import { once } from "node:events"
import type { Certificate } from "../../servers/certificate.js"
import type { Addresses } from "./protocol.js"

export interface StubServer {
  readonly addresses: Addresses
  readonly stop: () => void
}

/** Starts a stub authorization server on free ports of the loopback address. */
export const startServer = async (certificate: Certificate): Promise<StubServer> => {
  const child = fork(new URL("main.ts", import.meta.url), { execArgv: ["--import", "tsx"] })
  child.send(certificate)
  const [addresses] = (await once(child, "message")) as [Addresses]
  return { addresses, stop: () => child.disconnect() }
}
