import { describe, expect, it } from "@effect/vitest"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiError from "@effect/platform/HttpApiError"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { createServer } from "node:http"
import { BearerClient } from "effect-oauth"
import { clients } from "../support/clients.js"
import { fail, issue, rejection } from "../support/scriptedGrant.js"
import * as Tokens from "../support/tokens.js"

const Book = Schema.Struct({ id: Schema.Number, title: Schema.String })

class Books extends HttpApiGroup.make("books")
  .add(
    HttpApiEndpoint.get("read", "/books/:id")
      .setPath(Schema.Struct({ id: Schema.NumberFromString }))
      .addSuccess(Book)
  )
  .add(HttpApiEndpoint.post("write", "/books").setPayload(Book).addSuccess(Book))
  .addError(HttpApiError.Unauthorized) {}

class Api extends HttpApi.make("api").add(Books) {}

/** The API on a free port, which rejects `token-1` and records every token. */
const serve = Effect.gen(function* () {
  const tokens: Array<string> = []
  const authorize = Effect.gen(function* () {
    const { headers } = yield* HttpServerRequest.HttpServerRequest
    const token = headers["authorization"]?.replace("Bearer ", "") ?? ""
    tokens.push(token)
    if (token === "token-1" || token === "") return yield* new HttpApiError.Unauthorized()
  })
  const handlers = HttpApiBuilder.group(Api, "books", (handlers) =>
    handlers
      .handle("read", ({ path }) => Effect.as(authorize, { id: path.id, title: "Bücher" }))
      .handle("write", ({ payload }) => Effect.as(authorize, payload))
  )
  const context = yield* HttpApiBuilder.serve().pipe(
    Layer.provide(HttpApiBuilder.api(Api)),
    Layer.provide(handlers),
    Layer.provideMerge(NodeHttpServer.layer(() => createServer(), { port: 0, host: "127.0.0.1" })),
    Layer.build
  )
  const baseUrl = yield* Effect.provide(HttpServer.addressFormattedWith(Effect.succeed), context)
  return { baseUrl, tokens }
})

const settings = (baseUrl: string) => ({ origins: [baseUrl], allowLoopbackHttp: true })

describe.each(clients)("BearerClient under HttpApiClient, by $client", ({ layer }) => {
  it.scopedLive("works with make as a plain HttpClient, with baseUrl", () =>
    Effect.gen(function* () {
      const { baseUrl, tokens } = yield* serve
      const { provider } = yield* Tokens.make()
      const bearer = yield* BearerClient.transform(Effect.succeed(provider), settings(baseUrl))
      const api = yield* HttpApiClient.make(Api, {
        baseUrl,
        transformClient: (client) => BearerClient.fold(bearer(client))
      })
      expect(yield* api.books.read({ path: { id: 1 } })).toEqual({ id: 1, title: "Bücher" })
      expect(yield* api.books.write({ payload: { id: 2, title: "Zwei" } })).toEqual({ id: 2, title: "Zwei" })
      expect(tokens).toEqual(["token-1", "token-2", "token-2"])
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("works with makeWith as a typed client, with baseUrl", () =>
    Effect.gen(function* () {
      const { baseUrl, tokens } = yield* serve
      const { provider } = yield* Tokens.make()
      const httpClient = yield* BearerClient.make(Effect.succeed(provider), settings(baseUrl))
      const api = yield* HttpApiClient.makeWith(Api, { baseUrl, httpClient })
      expect(yield* api.books.write({ payload: { id: 3, title: "Drei" } })).toEqual({ id: 3, title: "Drei" })
      const [book, response] = yield* api.books.read({ path: { id: 4 }, withResponse: true })
      expect([book.id, response.status]).toEqual([4, 200])
      expect(tokens).toEqual(["token-1", "token-2", "token-2"])
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("decodes the API's own 401 if the API rejects every token", () =>
    Effect.gen(function* () {
      const { baseUrl, tokens } = yield* serve
      const { provider } = yield* Tokens.make({ script: [issue({ value: "token-1" })] })
      const httpClient = yield* BearerClient.make(Effect.succeed(provider), settings(baseUrl))
      const api = yield* HttpApiClient.makeWith(Api, { baseUrl, httpClient })
      const error = yield* Effect.flip(api.books.read({ path: { id: 1 } }))
      expect(error).toBeInstanceOf(HttpApiError.Unauthorized)
      expect(tokens).toEqual(["token-1"])
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("fails with the provider's error in both forms", () =>
    Effect.gen(function* () {
      const { baseUrl, tokens } = yield* serve
      const { provider } = yield* Tokens.make({ script: [fail(rejection)] })
      const bearer = yield* BearerClient.transform(Effect.succeed(provider), settings(baseUrl))
      const folded = yield* HttpApiClient.make(Api, {
        baseUrl,
        transformClient: (client) => BearerClient.fold(bearer(client))
      })
      const typed = yield* HttpApiClient.makeWith(Api, {
        baseUrl,
        httpClient: bearer(yield* HttpClient.HttpClient)
      })
      const rejected = { _tag: "CredentialRejected", code: "invalid_client" }
      expect(yield* Effect.flip(typed.books.read({ path: { id: 1 } }))).toMatchObject(rejected)
      expect(yield* Effect.flip(folded.books.read({ path: { id: 1 } }))).toMatchObject({
        _tag: "RequestError",
        reason: "Encode",
        cause: rejected
      })
      expect(tokens).toEqual([])
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("sends nothing to another baseUrl", () =>
    Effect.gen(function* () {
      const { baseUrl, tokens } = yield* serve
      const { provider } = yield* Tokens.make()
      const httpClient = yield* BearerClient.make(Effect.succeed(provider), settings("http://127.0.0.1:1"))
      const api = yield* HttpApiClient.makeWith(Api, { baseUrl, httpClient })
      const error = yield* Effect.flip(api.books.read({ path: { id: 1 } }))
      expect(error).toMatchObject({ _tag: "InvalidConfiguration", issues: [{ path: "origins" }] })
      expect(tokens).toEqual([])
    }).pipe(Effect.provide(layer))
  )
})

describe("the layer of the client", () => {
  it.scopedLive("can be provided once, at the edge", () =>
    Effect.gen(function* () {
      const { baseUrl, tokens } = yield* serve
      const { provider } = yield* Tokens.make()
      const BearerLive = Layer.effect(
        HttpClient.HttpClient,
        BearerClient.makeFolded(Effect.succeed(provider), settings(baseUrl))
      ).pipe(Layer.provide(FetchHttpClient.layer))
      const api = yield* Effect.provide(HttpApiClient.make(Api, { baseUrl }), BearerLive)
      expect(yield* api.books.read({ path: { id: 1 } })).toEqual({ id: 1, title: "Bücher" })
      expect(tokens).toEqual(["token-1", "token-2"])
    })
  )
})
