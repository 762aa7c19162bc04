/**
 * The process of the rotating server: `oidc-provider` on loopback, whose refresh tokens are good for one use. It does what
 * it is asked by messages, and ends with the test that has started it.
 */
import { createHash, generateKeyPairSync, randomBytes } from "node:crypto"
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http"
import { createServer } from "node:http"
import * as oidc from "oidc-provider"
import { listen, tell as tellTest } from "./parentProcess.js"
import * as Storage from "./rotatingServerAdapter.js"
import type {
  ClientSettings,
  Command,
  Commands,
  Message,
  Stop,
  TokenRequest
} from "./rotatingServerMessages.js"

interface Registered extends ClientSettings {
  readonly id: string
  readonly requests: Array<Recorded>
  hold: Stop | undefined
  letGo: () => void
  lose: () => void
  /** Ends when no request of this client is being handled. */
  idle: Promise<void>
}

type Recorded = { -readonly [K in keyof TokenRequest]: TokenRequest[K] }

const signingAlgorithm = "ES256"
const scope = "read"
const anHour = 3600

const clients = new Map<string, Registered>()
const clientOf = (id: string): Registered => {
  const client = clients.get(id)
  if (client === undefined) throw new Error(`no client ${id}`)
  return client
}
const storage = Storage.make((client) => clientOf(client).grace)

const tell = (message: Message): void => tellTest(message)
const nothing = () => undefined
const sleep = (millis: number) => new Promise<void>((resolve) => setTimeout(resolve, millis))
const digestOf = (value: string): string => createHash("sha256").update(value).digest("base64url")

/** Everything that `oidc-provider` would otherwise warn of is set: keys, storage, policies, lifetimes. */
const configurationOf = (): oidc.Configuration => {
  const lifetimeOf = (_: oidc.Context, __: unknown, { clientId }: oidc.Client) => clientOf(clientId).lifetime
  const account = (_: oidc.Context, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) })
  const configuration = {
    adapter: storage.adapter,
    clients: [],
    clientAuthMethods: ["client_secret_basic"],
    clientBasedCORS: () => false,
    clientDefaults: {
      id_token_signed_response_alg: signingAlgorithm,
      token_endpoint_auth_method: "client_secret_basic"
    },
    // its instants are whole seconds: without this a token dies up to a second before the lifetime that was announced
    clockTolerance: 1,
    enabledJWA: { idTokenSigningAlgValues: [signingAlgorithm] },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: { enabled: false, getResourceServerInfo: () => ({ scope }) }
    },
    findAccount: account,
    jwks: { keys: [signingKey()] },
    responseTypes: ["none"],
    rotateRefreshToken: true,
    scopes: [scope, "offline_access"],
    ttl: { AccessToken: lifetimeOf, ClientCredentials: lifetimeOf, Grant: anHour, RefreshToken: anHour }
  }
  return configuration
}

const signingKey = () => ({
  ...generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" }),
  alg: signingAlgorithm,
  kid: "key-1",
  use: "sig"
})

/** The grant and the generation of each refresh token, by its digest; kept when the grant is gone. */
const generations = new Map<string, { readonly grant: string; readonly generation: number }>()

const listenerOf = (provider: oidc.Provider): RequestListener => {
  const underWay = new WeakMap<IncomingMessage, (context: oidc.Context) => Promise<void>>()

  provider.on("refresh_token.saved", ({ grantId, jti, rotations }) => {
    generations.set(digestOf(jti), { grant: grantId, generation: rotations })
  })
  provider.use(async (context, next) => {
    await next()
    await underWay.get(context.req)?.(context)
  })
  const handle = provider.callback()

  /** Whether the request goes on from there. */
  const pass = async (client: Registered, stop: Stop, request: Recorded): Promise<boolean> => {
    const described = { client: client.id, caller: request.caller, status: request.status }
    const isHeld = client.hold === stop
    if (isHeld) client.hold = undefined
    tell({ type: stop, ...described })
    await sleep(client.delays?.[stop === "arrived" ? 0 : 1] ?? 0)
    if (!isHeld) return true
    const goesOn = new Promise<boolean>((resolve) => {
      client.letGo = () => resolve(true)
      client.lose = () => resolve(false)
    })
    tell({ type: "held", ...described })
    return goesOn
  }

  const receive = async (client: Registered, message: IncomingMessage, response: ServerResponse) => {
    const request: Recorded = {
      at: Date.now(),
      caller: message.headers["user-agent"],
      presented: undefined,
      status: undefined,
      issued: undefined
    }
    client.requests.push(request)
    const connection = { isOver: false }
    response.once("close", () => {
      connection.isOver = true
      tell({ type: "over", client: client.id, caller: request.caller, status: request.status })
    })

    if (!(await pass(client, "arrived", request))) return void message.socket.destroy()
    const before = client.idle
    let letNext: () => void = nothing
    client.idle = new Promise<void>((resolve) => (letNext = resolve))
    response.once("close", letNext)
    await before
    if (connection.isOver) {
      letNext()
      return
    }
    underWay.set(message, async (context) => {
      letNext()
      request.presented = presentedIn(context)
      request.status = context.status
      request.issued = issuedIn(context)
      if (!(await pass(client, "handled", request))) message.socket.destroy()
    })
    handle(message, response)
  }

  return (message, response) => {
    const client = clients.get(claimedClient(message))
    if (message.url === "/token" && client !== undefined) void receive(client, message, response)
    else handle(message, response)
  }
}

/** The client as its `Authorization` header names it. */
const claimedClient = ({ headers: { authorization = "" } }: IncomingMessage): string =>
  Buffer.from(authorization.replace(/^basic /i, ""), "base64")
    .toString()
    .split(":")[0] ?? ""

const presentedIn = (context: oidc.Context): TokenRequest["presented"] => {
  const value = context.oidc?.params?.["refresh_token"]
  if (typeof value !== "string") return undefined
  const digest = digestOf(value)
  return { digest, grant: generations.get(digest)?.grant, generation: generations.get(digest)?.generation }
}

const issuedIn = ({ body }: oidc.Context): TokenRequest["issued"] =>
  typeof body === "object" && body !== null && "access_token" in body && typeof body.access_token === "string"
    ? { digest: digestOf(body.access_token), at: Date.now() }
    : undefined

const answersOf = (
  provider: oidc.Provider
): {
  readonly [K in keyof Commands]: (
    input: Commands[K]["input"]
  ) => Promise<Commands[K]["output"]> | Commands[K]["output"]
} => ({
  register: async (settings) => {
    const id = `client-${clients.size + 1}`
    const secret = randomBytes(16).toString("hex")
    const requests: Array<Recorded> = []
    clients.set(id, {
      ...settings,
      id,
      requests,
      hold: undefined,
      letGo: nothing,
      lose: nothing,
      idle: Promise.resolve()
    })
    const metadata = {
      client_id: id,
      client_secret: secret,
      scope: `${scope} offline_access`,
      grant_types: ["client_credentials", "refresh_token"],
      redirect_uris: [],
      response_types: []
    }
    await storage.adapter("Client").upsert(id, metadata, anHour)
    return { id, secret }
  },
  mint: async ({ client: clientId }) => {
    const client = await provider.Client.find(clientId)
    if (client === undefined) throw new Error(`no client ${clientId}`)
    const accountId = "a-person"
    const grant = new provider.Grant({ accountId, clientId })
    grant.addOIDCScope(scope)
    const grantId = await grant.save()
    const refreshToken = await new provider.RefreshToken({
      accountId,
      client,
      grantId,
      gty: "authorization_code",
      rotations: 0,
      scope
    }).save()
    return { grant: grantId, refreshToken }
  },
  requests: ({ client }) => clientOf(client).requests,
  hold: ({ at, client }) => {
    clientOf(client).hold = at
    return null
  },
  letGo: ({ client }) => {
    clientOf(client).letGo()
    return null
  },
  lose: ({ client }) => {
    clientOf(client).lose()
    return null
  }
})

const server = createServer({ keepAliveTimeout: 60_000 })
server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no port is free")
  const origin = `http://127.0.0.1:${address.port}`
  const provider = new oidc.Provider(origin, configurationOf())
  const answers = answersOf(provider)
  const answer = <K extends keyof Commands>(command: K, input: Commands[K]["input"]) =>
    answers[command](input)
  server.on("request", listenerOf(provider))
  listen(({ command, id, input }: Command) => {
    void (async () => tell({ type: "answer", id, output: await answer(command, input) }))()
  })
  tell({ type: "listening", tokenUrl: `${origin}/token` })
})
