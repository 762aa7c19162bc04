import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { TokenProvider } from "effect-oauth"
import { BearerClient, BearerFetch, GenericOAuth, TokenCredential, TokenFunction } from "effect-oauth"
import type { Entry, Exercise } from "./lives.js"
import { own, served, settings } from "./lives.js"
import { marks } from "./marks.js"
import * as Servers from "./servers.js"

const url = "https://api.example.com/items"
const request = HttpClientRequest.post(url).pipe(
  HttpClientRequest.bodyText("a body"),
  HttpClientRequest.setHeader("x-custom", "kept")
)

/** A provider that has a token, and one that is refused it. */
const twoProviders = Effect.all([
  own(marks.accessToken, marks.nextToken),
  served(
    GenericOAuth.make("app/Api", settings),
    Servers.server(...Servers.nonEmpty(Object.values(Servers.refusals)))
  )
])

/** All that can be asked of a response. */
const reading = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<ReadonlyArray<unknown>> =>
  Effect.map(
    Effect.all([
      Effect.exit(HttpClientResponse.filterStatusOk(response)),
      Effect.exit(HttpClientResponse.schemaBodyJson(Schema.Number)(response)),
      Effect.exit(response.json),
      Effect.exit(response.text),
      Effect.exit(response.formData),
      Effect.exit(Stream.runDrain(response.stream)),
      Effect.exit(response.arrayBuffer)
    ]),
    (exits) => [response, response.request, response.headers, response.cookies, response.remoteAddress, exits]
  )

/** What an API may answer, and how a client may fail that has sent the token. */
const apis: ReadonlyArray<ReadonlyArray<Servers.Answer>> = [
  [Servers.ok],
  [Servers.unauthorized, Servers.ok],
  [Servers.unauthorized, Servers.unauthorized],
  ...Object.values(Servers.apiFailures).map((failure) => [failure])
]

type Provider = Effect.Effect<TokenProvider.TokenProvider>

/** Sends requests with a client over each of the APIs: good ones, one to another origin, and one without a token. */
const sending = <E, E2>(
  make: (provider: Provider) => Effect.Effect<HttpClient.HttpClient.With<E>, E2, HttpClient.HttpClient>
): Exercise =>
  Effect.gen(function* () {
    const shows: Array<unknown> = []
    const holds: Array<string> = []
    for (const answers of apis) {
      const api = Servers.server(...Servers.nonEmpty(answers))
      const [good, refused] = yield* twoProviders
      const http = yield* served(make(Effect.succeed(good)), api)
      const execute = http.execute(request)
      shows.push(
        http,
        execute,
        yield* Effect.exit(execute),
        yield* Effect.exit(Effect.flatMap(http.execute(request), reading)),
        yield* Effect.exit(http.get("https://other.example.com")),
        yield* Effect.exit(
          Effect.flatMap(served(make(Effect.succeed(refused)), api), (http) => http.get(url))
        )
      )
      holds.push(...api.heard)
    }
    return { shows, holds }
  })

/** The same made of both of them. */
const doors = <A, E>(make: (provider: Provider) => Effect.Effect<A, E>) =>
  Effect.flatMap(twoProviders, ([good, refused]) =>
    Effect.all([make(Effect.succeed(good)), make(Effect.succeed(refused))])
  )

/** What a promise comes to. */
const settled = (promise: () => Promise<unknown>): Effect.Effect<PromiseSettledResult<unknown>> =>
  Effect.map(
    Effect.promise(() => Promise.allSettled([promise()])),
    ([result]) => result
  )

const rejected = (results: ReadonlyArray<PromiseSettledResult<unknown>>): ReadonlyArray<unknown> =>
  results.flatMap((result): ReadonlyArray<unknown> =>
    result.status === "rejected" ? [result, result.reason] : []
  )

export const http: Readonly<Record<string, Entry>> = {
  "BearerClient.fold": sending((provider) => Effect.map(BearerClient.make(provider), BearerClient.fold)),
  "BearerClient.make": sending((provider) => BearerClient.make(provider)),
  "BearerClient.makeFolded": sending((provider) => BearerClient.makeFolded(provider)),
  "BearerClient.transform": sending((provider) =>
    Effect.zipWith(BearerClient.transform(provider), HttpClient.HttpClient, (bearer, client) =>
      bearer(client)
    )
  ),
  "BearerFetch.make": Effect.gen(function* () {
    const sent: Array<string> = []
    const answers = [
      () => Promise.resolve(new Response("who are you", { status: 401 })),
      () => Promise.resolve(new Response("it is done")),
      () => Promise.resolve(Response.error()),
      () => Promise.reject(new TypeError("fetch failed", { cause: new Error("reset") }))
    ] as const
    const fetch: typeof globalThis.fetch = (_, init) => {
      const answer = answers[sent.push(new Headers(init?.headers).get("authorization") ?? "") - 1]
      return (answer ?? answers[3])()
    }
    const [good, refused] = yield* doors((provider) =>
      Effect.provideService(BearerFetch.make(provider), FetchHttpClient.Fetch, fetch)
    )
    const results = yield* Effect.all([
      ...[good, good, good, refused].map((fetch) => settled(() => fetch(url))),
      settled(() => good("https://other.example.com"))
    ])
    return { shows: [good, refused, ...results, ...rejected(results)], holds: sent }
  }),
  "TokenCredential.fromProvider": Effect.gen(function* () {
    const [good, refused] = yield* doors((provider) => TokenCredential.fromProvider(provider, "a-scope"))
    const token = yield* Effect.promise(() => good.getToken("a-scope"))
    const results = yield* Effect.all([
      settled(() => refused.getToken("a-scope")),
      settled(() => good.getToken("another"))
    ])
    // what Azure's SDKs are given is a token in the clear, so it is not shown
    return { shows: [good, refused, ...rejected(results)], holds: [token.token] }
  }),
  "TokenCredential.make": Effect.gen(function* () {
    const [good, refused] = yield* twoProviders
    const credential = yield* TokenCredential.make(([scope]) =>
      Effect.succeed(scope === "good" ? good : refused)
    )
    const token = yield* Effect.promise(() => credential.getToken("good"))
    const results = [yield* settled(() => credential.getToken("bad"))]
    return { shows: [credential, ...rejected(results)], holds: [token.token] }
  }),
  "TokenFunction.make": Effect.gen(function* () {
    const [good, refused] = yield* doors(TokenFunction.make)
    const value = yield* Effect.promise(good)
    const results = [yield* settled(refused)]
    // what it brings is the value in the clear, so it is not shown
    return { shows: [good, refused, ...rejected(results)], holds: [value] }
  })
}
