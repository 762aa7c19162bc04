import { createRequire } from "node:module"
import { pathToFileURL } from "node:url"
import { dirname, join } from "node:path"
import type { Peer } from "./peer.js"

interface TokenProvider {
  getAccessToken(): Promise<string>
}

interface TokenProviderModule {
  readonly TokenProvider: new (options: {
    readonly domain: string
    readonly clientId: string
    readonly clientSecret: string
    readonly audience: string
  }) => TokenProvider
}

/** The token provider of its `ManagementClient`, which the package keeps to itself: it is loaded by its file. */
const load = async (): Promise<TokenProviderModule> => {
  const main = createRequire(import.meta.url).resolve("auth0")
  const file = join(dirname(main), "..", "esm", "management", "wrapper", "token-provider.mjs")
  return (await import(pathToFileURL(file).href)) as TokenProviderModule
}

export const auth0: Peer = {
  name: "auth0",
  note: "the token provider of its `ManagementClient`; margin fixed at 10 s",
  make: async ({ clientId, clientSecret, server }) => {
    const { TokenProvider } = await load()
    const provider = new TokenProvider({ domain: server.host, clientId, clientSecret, audience: "api" })
    return { get: () => provider.getAccessToken() }
  }
}
