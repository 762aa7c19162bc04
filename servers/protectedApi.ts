import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as LoopbackServer from "./loopbackServer.js"
import type { Seen } from "./oidcServer.js"

/** What the API has seen of its callers. */
export interface Traffic {
  /** Requests that were answered 200. */
  readonly accepted: number
  /** Requests that were answered 401. */
  readonly refused: number
  /** How many different tokens were accepted. */
  readonly tokens: number
}

export interface ProtectedApi {
  readonly origin: string
  readonly traffic: () => Traffic
}

/**
 * A small API that answers who with a bearer token asks (RFC 6750), and 401 to whom the authorization server does not
 * know. Runs as long as the scope is open, on a free port.
 */
export const make = (options: {
  readonly lookUp: (token: string) => Promise<Seen | undefined>
}): Effect.Effect<ProtectedApi, never, Scope.Scope> =>
  Effect.gen(function* () {
    const tokens = new Set<string>()
    const count = { accepted: 0, refused: 0 }
    const lookUp = async (authorization: string | undefined): Promise<Seen | undefined> => {
      const [, token] = /^Bearer (\S+)$/.exec(authorization ?? "") ?? []
      const seen = token === undefined ? undefined : await options.lookUp(token)
      if (token !== undefined && seen !== undefined) tokens.add(token)
      return seen
    }
    const server = yield* LoopbackServer.make(() => (request, response) => {
      void lookUp(request.headers.authorization).then((seen) => {
        if (seen === undefined) {
          count.refused++
          response.writeHead(401, { "www-authenticate": 'Bearer error="invalid_token"' }).end()
        } else {
          count.accepted++
          response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(seen))
        }
      })
    })
    return { origin: server.origin, traffic: () => ({ ...count, tokens: tokens.size }) }
  })
