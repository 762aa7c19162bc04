import { OAuth2Client } from "google-auth-library"
import type { Peer } from "./peer.js"
import { tokenUrl } from "./peer.js"

/** It knows no client credentials grant; with a refresh token it does the same work against any token endpoint. */
export const googleAuthLibrary: Peer = {
  name: "google-auth-library",
  note: "a refresh token, as it has no client credentials; `eagerRefreshThresholdMillis` is the margin",
  make: ({ clientId, clientSecret, margin, server }) => {
    const client = new OAuth2Client({
      clientId,
      clientSecret,
      eagerRefreshThresholdMillis: margin * 1000,
      endpoints: { oauth2TokenUrl: tokenUrl(server) }
    })
    client.setCredentials({ refresh_token: "refresh" })
    return Promise.resolve({
      get: async () => {
        const { token } = await client.getAccessToken()
        if (typeof token !== "string") throw new Error("no token")
        return token
      }
    })
  }
}
