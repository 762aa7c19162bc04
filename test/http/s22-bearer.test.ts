import { describe, expect, it } from "@effect/vitest"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import { RequestError } from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Inspectable from "effect/Inspectable"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import type { AccessToken } from "effect-oauth"
import { BearerClient, Grant, TokenEvent, TokenProvider } from "effect-oauth"
import * as ApiServer from "../support/apiServer.js"
import { clients } from "../support/clients.js"
import { recordingTracer } from "../support/recordingTracer.js"

const canary = "canary-7f3a"

const presentations: Readonly<Record<string, AccessToken.Presentation>> = {
  "a bearer token": { header: "authorization", scheme: "Bearer" },
  "an API key": { header: "x-gateway-key", scheme: undefined }
}

/** Every client of the platform, with a token and with an API key. */
const cases = clients.flatMap(({ client, layer }) =>
  Object.entries(presentations).map(([credential, presentation]) => ({
    client,
    credential,
    layer,
    presentation
  }))
)

const make = (presentation: AccessToken.Presentation) => {
  let number = 0
  return TokenProvider.make({
    name: "test/Api",
    grant: Grant.make({
      name: "canary",
      request: () => Effect.sync(() => ({ value: Redacted.make(`${canary}-${++number}`), presentation }))
    })
  })
}

/** Every rendering of a value. */
const shown = (value: unknown) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const loggers = [Logger.jsonLogger, Logger.logfmtLogger, Logger.stringLogger, Logger.structuredLogger]
    const cause = Cause.parallel(Cause.fail(value), Cause.die(value))
    yield* Effect.all([
      Effect.logInfo(value),
      Effect.logError("failed", cause),
      Effect.annotateLogs(Effect.logInfo("annotated"), { value })
    ]).pipe(
      Effect.withSpan("logged"),
      Logger.withMinimumLogLevel(LogLevel.All),
      Effect.provide(
        Logger.replace(
          Logger.defaultLogger,
          Logger.make((options) =>
            loggers.forEach((logger) => lines.push(inspect(logger.log(options), { depth: null })))
          )
        )
      )
    )
    const deep = { depth: Infinity, showHidden: true, maxStringLength: Infinity, maxArrayLength: Infinity }
    return [
      ...lines,
      String(value),
      JSON.stringify(value),
      inspect(value, deep),
      inspect(value, { ...deep, getters: true }),
      inspect(value, { ...deep, customInspect: false }),
      Inspectable.toStringUnknown(value),
      Inspectable.format(value),
      Cause.pretty(cause),
      Cause.pretty(cause, { renderErrorCause: true }),
      JSON.stringify(Cause.prettyErrors(cause)),
      inspect(Cause.prettyErrors(cause), deep),
      inspect(Exit.failCause(cause), deep),
      inspect(Exit.succeed(value), deep)
    ].join("\n")
  })

const responseOf = (error: unknown): HttpClientResponse.HttpClientResponse => {
  if (typeof error === "object" && error !== null && "response" in error) {
    // only a `ResponseError` of the client has a response
    return (error as HttpClientError.ResponseError).response
  }
  throw new Error("expected a ResponseError")
}

describe.each(cases)("S22 $credential, by $client", ({ layer, presentation }) => {
  /** A client of an API with every kind of response, and a record of the tokens that the API received. */
  const begin = Effect.gen(function* () {
    const api = yield* ApiServer.make({
      answer: ApiServer.byPath({
        "/json": ApiServer.json(200, { a: 1 }),
        "/text": (_, response) =>
          response.writeHead(200, { "content-type": "application/json" }).end("no JSON"),
        "/unauthorized": ApiServer.json(401, { error: "invalid_token" }),
        "/failure": ApiServer.json(500, {}),
        "/redirect": ApiServer.redirectTo(() => "https://elsewhere.example/"),
        "/reset": (_, __, request) => request.socket.resetAndDestroy(),
        "/half": (_, response, request) => {
          response.writeHead(200, { "content-length": "1000" }).write("the beginning")
          setTimeout(() => request.socket.resetAndDestroy(), 20)
        }
      })
    })
    const events: Array<TokenEvent.TokenEvent> = []
    const bearer = yield* Effect.provideService(
      Effect.flatMap(make(presentation), (provider) =>
        BearerClient.transform(Effect.succeed(provider), {
          origins: [api.origin, "http://127.0.0.1:1"],
          allowLoopbackHttp: true
        })
      ),
      TokenEvent.TokenEventSink,
      { emit: (event) => void events.push(event) }
    )
    const http = bearer(yield* HttpClient.HttpClient)
    return { api, bearer, events, http, at: (path: string) => `${api.origin}${path}` }
  })

  it.scopedLive("S22 no response shows the credential", () =>
    Effect.gen(function* () {
      const { api, at, events, http } = yield* begin
      for (const path of ["/json", "/text", "/unauthorized", "/redirect", "/none"]) {
        const unread = yield* http.get(at(path))
        expect(yield* shown(unread)).not.toContain(canary)
        const read = yield* http.get(at(path))
        yield* Effect.ignore(read.text)
        expect(yield* shown(read)).not.toContain(canary)
        expect(yield* shown(read.request)).not.toContain(canary)
      }
      expect(yield* shown(events)).not.toContain(canary)
      const sent = api.arrivals.map(({ headers }) => headers[presentation.header])
      expect(sent).toContain(`${presentation.scheme === undefined ? "" : "Bearer "}${canary}-1`)
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("S22 no error of a request shows the credential", () =>
    Effect.gen(function* () {
      const { at, bearer, http } = yield* begin
      for (const url of ["http://127.0.0.1:1/", at("/reset"), "https://elsewhere.example/", "/relative"]) {
        const exit = yield* Effect.exit(http.get(url))
        expect(exit._tag).toBe("Failure")
        expect(yield* shown(exit)).not.toContain(canary)
        expect(yield* shown(yield* Effect.flip(http.get(url)))).not.toContain(canary)
        expect(yield* shown(yield* Effect.flip(BearerClient.fold(http).get(url)))).not.toContain(canary)
      }
      const wrapping = bearer(
        HttpClient.transformResponse(
          yield* HttpClient.HttpClient,
          Effect.mapError((cause) => new RequestError({ request: cause.request, reason: "Transport", cause }))
        )
      )
      expect(yield* shown(yield* Effect.flip(wrapping.get(at("/reset"))))).not.toContain(canary)
      const hop = yield* Effect.flip(HttpClient.followRedirects(http).get(at("/redirect")))
      expect(yield* shown(hop)).not.toContain(canary)
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("S22 no error of a response shows the credential", () =>
    Effect.gen(function* () {
      const { at, bearer, http } = yield* begin
      const errors = [
        yield* Effect.flip(Effect.flatMap(http.get(at("/text")), ({ json }) => json)),
        yield* Effect.flip(Effect.flatMap(http.get(at("/half")), ({ text }) => text)),
        yield* Effect.flip(Effect.flatMap(http.get(at("/half")), ({ arrayBuffer }) => arrayBuffer)),
        yield* Effect.flip(Effect.flatMap(http.get(at("/text")), ({ formData }) => formData)),
        yield* Effect.flip(HttpClient.filterStatusOk(http).get(at("/failure"))),
        yield* Effect.flip(HttpClient.filterStatusOk(http).get(at("/unauthorized")))
      ]
      const strict = bearer(HttpClient.filterStatusOk(yield* HttpClient.HttpClient))
      errors.push(yield* Effect.flip(strict.get(at("/failure"))))
      errors.push(yield* Effect.flip(strict.get(at("/unauthorized"))))
      errors.push(yield* Effect.flip(BearerClient.fold(strict).get(at("/unauthorized"))))
      for (const error of errors) {
        expect(error._tag).toBe("ResponseError")
        expect(yield* shown(error)).not.toContain(canary)
        expect(yield* shown(responseOf(error).request)).not.toContain(canary)
        expect(yield* shown(Exit.fail(error))).not.toContain(canary)
      }
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("S22 no span shows the credential", () =>
    Effect.gen(function* () {
      const { at, bearer, http } = yield* begin
      const { spans, tracer } = recordingTracer()
      const strict = bearer(HttpClient.filterStatusOk(yield* HttpClient.HttpClient))
      yield* Effect.forEach(
        [at("/json"), at("/unauthorized"), at("/failure"), at("/reset"), "http://127.0.0.1:1/"],
        (url) =>
          Effect.withSpan(
            Effect.all([Effect.exit(http.get(url)), Effect.exit(strict.get(url))]),
            "a span of the caller"
          )
      ).pipe(Effect.withTracer(tracer))
      const ofClient = spans.filter(({ kind }) => kind === "client")
      expect(ofClient.length).toBeGreaterThan(5)
      expect(ofClient[0]?.attributes.get(`http.request.header.${presentation.header}`)).toBe("<redacted>")
      expect(ofClient[0]?.attributes.get("http.response.status_code")).toBe(200)
      expect(ofClient.filter(({ status }) => status._tag !== "Ended")).toEqual([])
      expect(ofClient.map(({ exit }) => exit?._tag)).toContain("Failure")
      for (const { attributes, exit, links, name } of spans) {
        expect(yield* shown({ name, attributes: [...attributes], exit, links })).not.toContain(canary)
      }
    }).pipe(Effect.provide(layer))
  )
})

describe.each(Object.entries(presentations))("S22 within a client, with %s", (_, presentation) => {
  /** Fails each request in its own fiber, within its own span. */
  const busy = HttpClient.transformResponse(
    HttpClient.make((request) => Effect.fail(new RequestError({ request, reason: "Transport" }))),
    (response) => Effect.flatMap(Effect.fork(Effect.withSpan(response, "of the client")), Fiber.join)
  )

  const begin = Effect.gen(function* () {
    const provider = Effect.succeed(yield* make(presentation))
    const bearer = yield* BearerClient.transform(provider, { origins: ["https://api.example.com"] })
    return { get: bearer(busy).get("https://api.example.com/") }
  })

  it.scoped.each([LogLevel.All, LogLevel.Debug, LogLevel.Info])(
    "S22 no fiber log shows the credential at level %s",
    (level) =>
      Effect.gen(function* () {
        const logged: Array<unknown> = []
        const { get: request } = yield* begin
        yield* Effect.exit(request).pipe(
          Logger.withMinimumLogLevel(level),
          Effect.provide(
            Logger.replace(
              Logger.defaultLogger,
              Logger.make((log) => void logged.push(log))
            )
          )
        )
        expect(inspect(logged, { depth: Infinity, customInspect: false })).not.toContain(canary)
      })
  )

  it.scoped("S22 no span shows the credential", () =>
    Effect.gen(function* () {
      const { spans, tracer } = recordingTracer()
      const { get: request } = yield* begin
      yield* Effect.withTracer(Effect.exit(request), tracer)
      yield* Effect.withTracer(Effect.exit(request), tracer)
      expect(spans.map(({ name }) => name).sort()).toEqual([
        "http.client GET",
        "http.client GET",
        "of the client",
        "of the client"
      ])
      expect(spans.every(({ exit }) => exit?._tag === "Failure")).toBe(true)
      const deep = { depth: Infinity, customInspect: false }
      expect(
        inspect(
          spans.map(({ attributes, exit }) => [attributes, exit]),
          deep
        )
      ).not.toContain(canary)
    })
  )
})
