/**
 * A real authorization server: `oidc-provider` on loopback, for machines only.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { generateKeyPairSync } from "node:crypto"
import type { IncomingMessage } from "node:http"
import type * as Oidc from "oidc-provider"
import * as LoopbackServer from "./loopbackServer.js"

/** A client that is registered at the server. */
export interface Client {
  readonly id: string
  readonly secret: string
  /** What it may ask for, with spaces between. Default: every scope of the server. */
  readonly scope?: string
  /** How long its tokens live, in whole seconds. Default: 600. */
  readonly lifetime?: number
}

/** An API that tokens can be asked for by its resource indicator (RFC 8707). */
export interface Resource {
  readonly indicator: string
  readonly scope: string
  readonly format: "opaque" | "jwt"
  /** How long tokens for it live, in whole seconds. */
  readonly lifetime: number
}

export interface Options {
  readonly clients: ReadonlyArray<Client>
  readonly scopes?: ReadonlyArray<string>
  readonly resources?: ReadonlyArray<Resource>
  /** What the metadata names. Default: both. */
  readonly authenticationMethods?: ReadonlyArray<AuthenticationMethod>
}

export type AuthenticationMethod = "client_secret_basic" | "client_secret_post"

/** A request that reached the token endpoint; the status is there once it was answered. */
export interface TokenRequest {
  readonly client: string | undefined
  readonly authentication: AuthenticationMethod
  readonly status: number | undefined
}

/** What the server knows of a token that it has issued, and that is still good. */
export interface Seen {
  readonly client: string
  readonly scope: string | undefined
  readonly audience: string | undefined
}

export interface OidcServer {
  readonly issuer: string
  readonly tokenUrl: string
  /** The requests to the token endpoint so far: all of them, or one client's. */
  readonly tokenRequests: (client?: string) => ReadonlyArray<TokenRequest>
  /** The requests for metadata so far. */
  readonly metadataRequests: () => number
  /** Looks a token up among those that were issued, as introspection does; nothing where it is good no more. */
  readonly lookUp: (token: string) => Promise<Seen | undefined>
  /** Revokes every opaque token of a client that is still good, and says how many those were. */
  readonly revoke: (client: string) => Effect.Effect<number>
  /** From now on token requests are answered only after this time. */
  readonly answerAfter: (delay: Duration.DurationInput) => Effect.Effect<void>
  /** Stops listening; what was issued stays good. */
  readonly stop: Effect.Effect<void>
  /** Listens again, at the same address. */
  readonly start: Effect.Effect<void>
}

/** Runs as long as the scope is open, on a free port. */
export const make = (options: Options): Effect.Effect<OidcServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    // loaded here because the package warns at once where Node is older than it likes, and has no setting for that
    const oidc = yield* Effect.promise(() => import("oidc-provider"))
    const requests: Array<RecordedRequest> = []
    const issued: Array<Oidc.ClientCredentials> = []
    const state: { metadataRequests: number; delay: number; provider: Oidc.Provider | undefined } = {
      metadataRequests: 0,
      delay: 0,
      provider: undefined
    }
    const server = yield* LoopbackServer.make((origin) => {
      const provider = new oidc.Provider(origin, configuration(options, oidc.errors.InvalidTarget))
      const recorded = new WeakMap<IncomingMessage, RecordedRequest>()
      provider.on("client_credentials.saved", (token) => issued.push(token))
      provider.use(async (context, next) => {
        await next()
        const request = recorded.get(context.req)
        const claimed = context.oidc?.client?.clientId ?? context.oidc?.params?.["client_id"]
        if (request !== undefined && typeof claimed === "string") request.client ??= claimed
      })
      state.provider = provider
      const handle = provider.callback()
      return (request, response) => {
        const answer = () => {
          handle(request, response)
        }
        if (request.url?.includes("/.well-known/") === true) state.metadataRequests++
        if (request.method === "POST" && request.url === "/token") {
          const one = begin(request)
          requests.push(one)
          recorded.set(request, one)
          response.once("finish", () => (one.status = response.statusCode))
          if (state.delay > 0) {
            const timer = setTimeout(answer, state.delay)
            response.once("close", () => clearTimeout(timer))
            return
          }
        }
        answer()
      }
    })
    const find = async (token: string) => state.provider?.ClientCredentials.find(token)
    return {
      issuer: server.origin,
      tokenUrl: `${server.origin}/token`,
      tokenRequests: (client) =>
        requests
          .filter((request) => client === undefined || request.client === client)
          .map((request) => ({ ...request })),
      metadataRequests: () => state.metadataRequests,
      lookUp: async (value) => {
        const token = await find(value)
        return token && { client: token.clientId, scope: token.scope, audience: token.aud }
      },
      revoke: (client) =>
        Effect.promise(async () => {
          const values = issued.filter(({ clientId }) => clientId === client).map(({ jti }) => jti)
          const good = (await Promise.all(values.map(find))).filter((token) => token !== undefined)
          await Promise.all(good.map((token) => token.destroy()))
          return good.length
        }),
      answerAfter: (delay) => Effect.sync(() => void (state.delay = Duration.toMillis(delay))),
      stop: server.stop,
      start: server.start
    }
  })

interface RecordedRequest {
  client: string | undefined
  readonly authentication: AuthenticationMethod
  status: number | undefined
}

/** Who asks is known at once where the header says so, and else once the body was read. */
const begin = ({ headers: { authorization } }: IncomingMessage): RecordedRequest => {
  if (authorization === undefined) {
    return { client: undefined, authentication: "client_secret_post", status: undefined }
  }
  const [id] = Buffer.from(authorization.replace(/^basic /i, ""), "base64")
    .toString()
    .split(":")
  return {
    client: new URLSearchParams(`id=${id ?? ""}`).get("id") ?? undefined,
    authentication: "client_secret_basic",
    status: undefined
  }
}

/** Everything that `oidc-provider` would otherwise warn of is set: keys, storage, policies, lifetimes. */
const configuration = (
  options: Options,
  InvalidTarget: typeof Oidc.errors.InvalidTarget
): Oidc.Configuration => ({
  adapter: memory,
  clients: options.clients.map((client) => ({
    client_id: client.id,
    client_secret: client.secret,
    scope: client.scope ?? scopesOf(options).join(" "),
    grant_types: ["client_credentials"],
    redirect_uris: [],
    response_types: []
  })),
  clientAuthMethods: options.authenticationMethods ?? ["client_secret_basic", "client_secret_post"],
  clientBasedCORS: () => false,
  clientDefaults: {
    id_token_signed_response_alg: signingAlgorithm,
    token_endpoint_auth_method: options.authenticationMethods?.[0] ?? "client_secret_basic"
  },
  // its instants are whole seconds: without this a token dies up to a second before the lifetime that was announced
  clockTolerance: 1,
  enabledJWA: { idTokenSigningAlgValues: [signingAlgorithm] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_context, indicator) => {
        const resource = options.resources?.find((resource) => resource.indicator === indicator)
        if (resource === undefined) throw new InvalidTarget()
        return {
          scope: resource.scope,
          accessTokenFormat: resource.format,
          accessTokenTTL: resource.lifetime,
          jwt: { sign: { alg: signingAlgorithm } }
        }
      }
    }
  },
  jwks: { keys: [signingKey()] },
  responseTypes: ["none"],
  scopes: scopesOf(options),
  ttl: {
    ClientCredentials: (_context, token, client) =>
      token.resourceServer?.accessTokenTTL ??
      options.clients.find(({ id }) => id === client.clientId)?.lifetime ??
      600
  }
})

const scopesOf = (options: Options): ReadonlyArray<string> => options.scopes ?? ["read", "write"]

const signingAlgorithm = "ES256"

const signingKey = () => ({
  ...generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" }),
  alg: signingAlgorithm,
  kid: "key-1",
  use: "sig"
})

/** Storage that forgets nothing; what has expired is found out when it is read. */
const memory = (): Oidc.Adapter => {
  const records = new Map<string, Record<string, unknown>>()
  return {
    upsert: (id, payload) => Promise.resolve(void records.set(id, payload)),
    find: (id) => Promise.resolve(records.get(id)),
    destroy: (id) => Promise.resolve(void records.delete(id))
  }
}
