/**
 * Authorization servers for the command: a certified one, and one that answers as it is told.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as LoopbackServer from "../../../servers/loopbackServer.js"
import type { OidcServer } from "../../../servers/oidcServer.js"
import * as Oidc from "../../../servers/oidcServer.js"

/** The secret of the client `app`. */
export const secret = "canary-client-secret-5f1d0c7e9a42"

export const oidc = (lifetime = 600): Effect.Effect<OidcServer, never, Scope.Scope> =>
  Oidc.make({ clients: [{ id: "app", secret, lifetime }] })

/** The variables of a client of a server on loopback. */
export const variables = (tokenUrl: string, clientSecret = secret): Readonly<Record<string, string>> => ({
  OAUTH2_TOKEN_URL: tokenUrl,
  OAUTH2_CLIENT_ID: "app",
  OAUTH2_CLIENT_SECRET: clientSecret,
  OAUTH2_SCOPE: "read",
  OAUTH2_ALLOW_LOOPBACK_HTTP: "true"
})

/** A token endpoint whose every answer is this one. */
export const answering = (
  status: number,
  body: unknown
): Effect.Effect<{ readonly tokenUrl: string }, never, Scope.Scope> =>
  Effect.map(
    LoopbackServer.make(() => (request, response) => {
      request.resume().on("end", () => {
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
      })
    }),
    ({ origin }) => ({ tokenUrl: `${origin}/token` })
  )
