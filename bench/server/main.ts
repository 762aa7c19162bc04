/**
 * The stub authorization server, in a process of its own: it issues tokens to whoever asks, counts the requests of each
 * client, and treats each as it was told to. Beside it stands an API that answers every GET with a few bytes.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http"
import * as http from "node:http"
import * as https from "node:https"
import type { AddressInfo, Server } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import type { Certificate } from "../../servers/certificate.js"
import type { Addresses, Counts, Settings } from "./protocol.js"
import { tokenOf } from "./protocol.js"

interface Client extends Settings {
  readonly sinceChange: number
  readonly all: number
}

const clients = new Map<string, Client>()

const clientOf = (id: string): Client =>
  clients.get(id) ?? { mode: "ok", delay: 0, lifetime: 3600, rotates: false, sinceChange: 0, all: 0 }

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

const reply = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: http.OutgoingHttpHeaders = {}
) => {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    ...headers
  })
  response.end(text)
}

/** The `client_id` stands in the body or in the Basic header, as the client likes it. */
const clientIdOf = (request: IncomingMessage, body: string): string => {
  const basic = /^Basic (.*)$/i.exec(request.headers.authorization ?? "")?.[1]
  return basic === undefined
    ? (new URLSearchParams(body).get("client_id") ?? "unknown")
    : decodeURIComponent(Buffer.from(basic, "base64").toString().split(":")[0] ?? "unknown")
}

const spent = new Set<string>()

/** Whether it is the client's first use of its refresh token. */
const spend = (id: string, body: string): boolean => {
  const use = `${id} ${new URLSearchParams(body).get("refresh_token") ?? ""}`
  const isFirst = !spent.has(use)
  spent.add(use)
  return isFirst
}

const answerToken = async (request: IncomingMessage, response: ServerResponse) => {
  const body = await bodyOf(request)
  const id = clientIdOf(request, body)
  const client = clientOf(id)
  const n = client.all + 1
  clients.set(id, { ...client, sinceChange: client.sinceChange + 1, all: n })
  if (client.delay > 0) await sleep(client.delay)
  switch (client.mode) {
    case "ok": {
      if (client.rotates && !spend(id, body)) {
        reply(response, 400, { error: "invalid_grant" })
        break
      }
      const token = { access_token: tokenOf(id, n), token_type: "Bearer", expires_in: client.lifetime }
      reply(response, 200, {
        ...token,
        ...(client.rotates ? { refresh_token: `${id}.refresh.${String(n)}` } : {})
      })
      break
    }
    case "down":
      request.socket.destroy()
      break
    case "limiting":
      reply(response, 429, { error: "slow_down" }, { "retry-after": "2" })
      break
    case "refusing":
      reply(response, 401, { error: "invalid_client" })
      break
  }
}

/** What peers ask for that discover their endpoints. */
const answerDiscovery = (issuer: string, tenant: string, response: ServerResponse) =>
  reply(response, 200, {
    issuer: `${issuer}/${tenant}/v2.0`,
    token_endpoint: `${issuer}/${tenant}/oauth2/v2.0/token`,
    authorization_endpoint: `${issuer}/${tenant}/oauth2/v2.0/authorize`,
    end_session_endpoint: `${issuer}/${tenant}/oauth2/v2.0/logout`,
    jwks_uri: `${issuer}/${tenant}/keys`
  })

const authorization: RequestListener = (request, response) => {
  if (request.method === "POST") return void answerToken(request, response)
  answerDiscovery(`https://${addresses.host}`, (request.url ?? "").split("/")[1] ?? "", response)
}

const control = async (id: string, request: IncomingMessage, response: ServerResponse) => {
  if (request.method === "PUT") {
    const change = JSON.parse(await bodyOf(request)) as Partial<Settings>
    clients.set(id, { ...clientOf(id), ...change, sinceChange: 0 })
  }
  const { all, sinceChange } = clientOf(id)
  reply(response, 200, { all, sinceChange } satisfies Counts)
}

const payload = JSON.stringify({
  users: Array.from({ length: 8 }, (_, id) => ({ id, name: `user ${String(id)}` }))
})

const api: RequestListener = (request, response) => {
  const id = /^\/control\/(.*)$/.exec(request.url ?? "")?.[1]
  if (id !== undefined) return void control(decodeURIComponent(id), request, response)
  if (request.headers.authorization?.startsWith("Bearer ") !== true) {
    reply(response, 401, {})
    return
  }
  response.writeHead(200, { "content-type": "application/json", "content-length": payload.length })
  response.end(payload)
}

const listen = async (server: Server, host: string): Promise<string> => {
  await new Promise<void>((resolve) => server.listen({ port: 0, host, backlog: 16_384 }, resolve))
  return `${host}:${String((server.address() as AddressInfo).port)}`
}

const start = async ({ cert, key }: Certificate): Promise<Addresses> => {
  const patient = { keepAliveTimeout: 600_000, requestTimeout: 0, headersTimeout: 0 }
  const authorizationServer = https.createServer({ ...patient, cert, key }, authorization)
  const apiServer = http.createServer(patient, api)
  return {
    host: await listen(authorizationServer, "localhost"),
    api: `http://${await listen(apiServer, "127.0.0.1")}`
  }
}

let addresses: Addresses = { host: "", api: "" }

process.once("message", (certificate: Certificate) => {
  void start(certificate).then((listening) => {
    addresses = listening
    process.send?.(listening)
  })
})
// whoever started it is gone
process.once("disconnect", () => process.exit())
