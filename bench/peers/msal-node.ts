import { ConfidentialClientApplication } from "@azure/msal-node"
import type { Peer } from "./peer.js"

export const msalNode: Peer = {
  name: "@azure/msal-node",
  note: "margin fixed at 300 s",
  make: ({ clientId, clientSecret, server }) => {
    const authority = `https://${server.host}/tenant`
    const application = new ConfidentialClientApplication({
      auth: {
        clientId,
        clientSecret,
        authority: `${authority}/`,
        knownAuthorities: [server.host],
        authorityMetadata: JSON.stringify({
          issuer: `${authority}/v2.0`,
          token_endpoint: `${authority}/oauth2/v2.0/token`,
          authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
          end_session_endpoint: `${authority}/oauth2/v2.0/logout`,
          jwks_uri: `${authority}/keys`
        })
      }
    })
    return Promise.resolve({
      get: async () => {
        const result = await application.acquireTokenByClientCredential({ scopes: ["api/.default"] })
        if (result === null) throw new Error("no token")
        return result.accessToken
      }
    })
  }
}
