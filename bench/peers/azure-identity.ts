import { ClientSecretCredential } from "@azure/identity"
import type { Peer } from "./peer.js"

export const azureIdentity: Peer = {
  name: "@azure/identity",
  note: "over msal-node; margin fixed at 300 s",
  make: ({ clientId, clientSecret, server }) => {
    const credential = new ClientSecretCredential("tenant", clientId, clientSecret, {
      authorityHost: `https://${server.host}`,
      disableInstanceDiscovery: true
    })
    return Promise.resolve({ get: async () => (await credential.getToken("api/.default")).token })
  }
}
