import type { Credential, Peer } from "./peer.js"
import { tokenUrl, variable } from "./peer.js"

interface TokenAnswer {
  readonly access_token: string
  readonly expires_in: number
}

const request = async ({ clientId, clientSecret, server }: Credential) => {
  const response = await fetch(tokenUrl(server), {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret
    })
  })
  if (!response.ok) throw new Error(`the token request was answered with ${String(response.status)}`)
  const answer = (await response.json()) as TokenAnswer
  return { token: answer.access_token, expiresIn: answer.expires_in }
}

export const handWritten: Peer = {
  name: "a variable",
  note: "`if (!token || Date.now() > expiresAt - margin)`, then fetch",
  make: (credential) => Promise.resolve(variable(credential.margin, () => request(credential)))
}
