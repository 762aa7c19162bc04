import type { AccessToken } from "simple-oauth2"
import { ClientCredentials } from "simple-oauth2"
import type { Peer } from "./peer.js"

/**
 * It has no cache, but a token that knows whether it has expired. Its README ("Refresh an access token"): ask
 * `expired(window)`, and as tokens of this grant may not be refreshed, "fetch a new token when it's expired".
 */
export const simpleOauth2: Peer = {
  name: "simple-oauth2",
  note: "has no cache: a variable and `accessToken.expired(margin)`",
  make: ({ clientId, clientSecret, margin, server }) => {
    const client = new ClientCredentials({
      client: { id: clientId, secret: clientSecret },
      auth: { tokenHost: `https://${server.host}`, tokenPath: "/tenant/oauth2/v2.0/token" }
    })
    let accessToken: AccessToken | undefined
    return Promise.resolve({
      get: async () => {
        if (accessToken === undefined || accessToken.expired(margin)) accessToken = await client.getToken({})
        return accessToken.token.access_token
      }
    })
  }
}
