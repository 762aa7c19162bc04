import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import type { Seen } from "./oidcServer.js"
import * as LoopbackServer from "./loopbackServer.js"

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
  readonly lookUp: (token: string) => Effect.Effect<Option.Option<Seen>>
}): Effect.Effect<ProtectedApi, never, Scope.Scope> =>
  Effect.gen(function* () {
    const run = Runtime.runPromise(yield* Effect.runtime())
    const tokens = new Set<string>()
    const count = { accepted: 0, refused: 0 }
    const lookUp = async (authorization: string | undefined): Promise<Option.Option<Seen>> => {
      const [, token] = /^Bearer (\S+)$/.exec(authorization ?? "") ?? []
      if (token === undefined) return Option.none()
      const seen = await run(options.lookUp(token))
      if (Option.isSome(seen)) tokens.add(token)
      return seen
    }
    const server = yield* LoopbackServer.make(() => (request, response) => {
      void lookUp(request.headers.authorization).then((seen) => {
        if (Option.isNone(seen)) {
          count.refused++
          response.writeHead(401, { "www-authenticate": 'Bearer error="invalid_token"' }).end()
        } else {
          count.accepted++
          response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(seen.value))
        }
      })
    })
    return { origin: server.origin, traffic: () => ({ ...count, tokens: tokens.size }) }
  })
