import { OAuth2Client, OAuth2Fetch } from "@badgateway/oauth2-client"
import type { Peer } from "./peer.js"
import { tokenUrl } from "./peer.js"

export const badgateway: Peer = {
  name: "@badgateway/oauth2-client",
  note: "`OAuth2Fetch`; without a refresh token it has no margin",
  make: ({ clientId, clientSecret, server }) => {
    const client = new OAuth2Client({ clientId, clientSecret, tokenEndpoint: tokenUrl(server) })
    const wrapper = new OAuth2Fetch({ client, getNewToken: () => client.clientCredentials() })
    return Promise.resolve({ get: () => wrapper.getAccessToken() })
  }
}
