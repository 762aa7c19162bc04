import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import type * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import type { Answer } from "../support/apiServer.js"
import { recordingTracer } from "../support/recordingTracer.js"
import { refusal } from "./support/auth0Server.js"
import { begin, clientSecret, connection } from "./support/tenant.js"

const password = "canary-password-7d3e"
const token = "canary-management-token-51aa"
const email = "canary-jane@example.com"

/** Every way in which a value gets into a log. */
const renderings = (value: unknown): string => {
  const cause = Cause.parallel(Cause.fail(value), Cause.die(value))
  const deep = { depth: Infinity, showHidden: true, maxStringLength: Infinity, maxArrayLength: Infinity }
  return [
    String(value),
    JSON.stringify(value),
    inspect(value, deep),
    inspect(value, { ...deep, customInspect: false }),
    Inspectable.toStringUnknown(value),
    Cause.pretty(cause, { renderErrorCause: true }),
    inspect(Cause.prettyErrors(cause), deep)
  ].join("\n")
}

/** Says back everything that it was sent. */
const echo =
  (status: number, code?: string): Answer =>
  (arrival, response, request) => {
    const said = `${arrival.path} ${JSON.stringify(arrival.headers)} ${arrival.body.toString("utf8")}`
    refusal(status, said, said, code ?? said)(arrival, response, request)
  }

const breaksOff: Answer = (_, __, request) => request.socket.resetAndDestroy()

const halfAnAnswer: Answer = (arrival, response, request) => {
  response.writeHead(200, { "content-length": "100000" }).write(arrival.body)
  setTimeout(() => request.socket.resetAndDestroy(), 20)
}

const echoAsUser: Answer = (arrival, response) => {
  response.writeHead(200, { "content-type": "application/json" })
  response.end(
    JSON.stringify({ user_id: 1, name: [arrival.headers.authorization, arrival.body.toString("utf8")] })
  )
}

const answers: Readonly<Record<string, ReadonlyArray<Answer>>> = {
  "400": [echo(400)],
  "401 twice": [echo(401), echo(401)],
  "403": [echo(403)],
  "403 insufficient_scope": [echo(403, "insufficient_scope")],
  "404": [echo(404)],
  "409": [echo(409)],
  "429": [echo(429)],
  "500": [echo(500), echo(500), echo(500)],
  "a reset": [breaksOff, breaksOff, breaksOff],
  "half an answer": [halfAnAnswer, halfAnAnswer, halfAnAnswer],
  "an answer of another shape": [echoAsUser],
  "an answer that never comes": [() => undefined]
}

const clients: ReadonlyArray<readonly [string, Layer.Layer<HttpClient.HttpClient>]> = [
  ["fetch", FetchHttpClient.layer],
  ["node:http", NodeHttpClient.layer]
]

describe.each(clients)("S22 by %s", (_, layer) => {
  it.scopedLive.each(Object.keys(answers))("no error, span or log shows a secret: %s", (name) =>
    Effect.gen(function* () {
      const { spans, tracer } = recordingTracer()
      const logs: Array<string> = []
      const logger = Logger.make((options) => {
        logs.push(
          Logger.logfmtLogger.log(options),
          inspect(Logger.structuredLogger.log(options), { depth: null })
        )
      })
      const { server, users } = yield* begin({
        token: (number) => `${token}-${number}`,
        rateLimitWaits: 0,
        deadline: name === "an answer that never comes" ? "300 millis" : "5 minutes"
      })
      const user = { connection, email, password: Redacted.make(password) }
      const shown: Array<unknown> = [users, Object.values(users)]
      const operations: ReadonlyArray<Effect.Effect<unknown, { readonly _tag: string }>> = [
        users.create(user),
        users.update("auth0|1", user),
        users.findByEmail(email)
      ]
      for (const operation of operations) {
        server.next(...(answers[name] ?? []))
        const exit = yield* operation.pipe(
          Effect.tapErrorCause((cause) => Effect.logError("failed", cause)),
          Effect.withSpan("a span of the caller"),
          Effect.exit,
          Effect.withTracer(tracer),
          Effect.provide(Logger.replace(Logger.defaultLogger, logger))
        )
        shown.push(operation, exit, yield* Effect.flip(exit))
        server.forget()
      }
      shown.push(spans.map(({ attributes, exit, links, name }) => [name, [...attributes], exit, links]))
      const text = [...shown.map(renderings), ...logs].join("\n")
      expect(text).not.toContain(password)
      expect(text).not.toContain(token)
      expect(text).not.toContain(clientSecret)
      const attributes = spans.flatMap(({ attributes, name }) => [name, ...attributes.values()])
      // in a URL it would be encoded
      expect(attributes.join()).not.toContain("canary-jane")

      // they were there to be shown
      expect(server.requests().map(({ token }) => token)).toContain(`${token}-1`)
      expect(server.requests()[0]?.body.toString("utf8")).toContain(password)
      expect(spans.map(({ name }) => name)).toContain("Auth0Users.create")
      expect(logs.length).toBeGreaterThan(0)
    }).pipe(Logger.withMinimumLogLevel(LogLevel.All), Effect.provide(layer))
  )
})
