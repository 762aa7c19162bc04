import { describe, expect, it } from "@effect/vitest"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import { BearerClient, TokenError, TokenProvider } from "effect-oauth"
import * as OriginList from "../../src/http/OriginList.js"
import * as Tokens from "../support/tokens.js"

/** An HTTP client that sends nothing, and the URLs to which a token would have been sent. */
const recorder = () => {
  const urls: Array<string> = []
  const client = HttpClient.make((request, url) =>
    Effect.sync(() => {
      urls.push(url.href)
      return HttpClientResponse.fromWeb(request, new Response())
    })
  )
  return { client, urls }
}

const make = (tokens: Tokens.Tokens, client: HttpClient.HttpClient, options?: BearerClient.Options) =>
  Effect.provideService(
    BearerClient.make(Effect.succeed(tokens.provider), options),
    HttpClient.HttpClient,
    client
  )

/** Whether the token is sent to a URL, given the list of origins. */
const goesTo = (origins: ReadonlyArray<string>, url: string, allowLoopbackHttp = false) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { client, urls } = recorder()
      const tokens = yield* Tokens.make()
      const http = yield* make(tokens, client, { origins, allowLoopbackHttp })
      const error = yield* Effect.either(http.get(url))
      if (error._tag === "Right") return urls.length === 1
      expect(error.left).toBeInstanceOf(TokenError.InvalidConfiguration)
      expect([urls.length, tokens.server.requests]).toEqual([0, 0])
      return false
    })
  )

/** The issues of a list. */
const issuesOf = (origins: ReadonlyArray<string>, allowLoopbackHttp = false) =>
  Effect.scoped(
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        make(yield* Tokens.make(), recorder().client, { origins, allowLoopbackHttp })
      )
      expect(error._tag).toBe("InvalidConfiguration")
      return error.issues.map(({ path }) => path)
    })
  )

/** The error message about a list. */
const messageOf = (origins: ReadonlyArray<string>, allowLoopbackHttp = false) =>
  Either.match(OriginList.make(origins, allowLoopbackHttp), {
    onLeft: (issues) => issues.map(({ expected }) => expected).join(),
    onRight: () => "the list is accepted"
  })

describe("S7 an origin on the list", () => {
  const list = ["https://api.example.com", "https://api.example.com:8443", "https://bücher.example"]

  it.effect.each([
    "https://api.example.com",
    "https://api.example.com/",
    "https://API.EXAMPLE.com/v1?x=1#y",
    "https://api.example.com:443/v1",
    "https://api.example.com:8443/v1",
    "https://api.example.com\\@evil.test",
    "https://user:word@api.example.com/",
    "https://xn--bcher-kva.example/",
    "https://BÜCHER.example/"
  ])("matches %s", (url) =>
    Effect.gen(function* () {
      expect(yield* goesTo(list, url)).toBe(true)
    })
  )

  it.effect.each([
    "http://api.example.com/",
    "https://api.example.com.evil.test/",
    "https://api.example.com@evil.test/",
    "https://api.example.com:443@evil.test/",
    "https://evil.test\\@api.example.com",
    "https://evil.test/https://api.example.com/",
    "https://evil.test#@api.example.com/",
    "https://evil.test?api.example.com",
    "https://api.example.com:444/",
    "https://api.example.com./",
    "https://example.com/",
    "https://xapi.example.com/",
    "https://a.api.example.com/",
    "https://api-example.com/",
    "https://apı.example.com/",
    "https://bucher.example/",
    "https://xn--bucher-kva.example/",
    "ftp://api.example.com/",
    "wss://api.example.com/",
    "blob:https://api.example.com/x",
    "data:text/plain,https://api.example.com",
    "//api.example.com/",
    "api.example.com",
    "/v1",
    "",
    "https://"
  ])("does not match %s", (url) =>
    Effect.gen(function* () {
      expect(yield* goesTo(list, url)).toBe(false)
    })
  )
})

describe("S7 a pattern on the list", () => {
  it.effect.each<readonly [pattern: string, url: string]>([
    ["https://*.blob.core.windows.net", "https://account.blob.core.windows.net/container"],
    ["https://*.blob.core.windows.net", "https://a.b.blob.core.windows.net/"],
    ["https://*.BLOB.core.windows.net", "https://Account.blob.core.windows.net/"],
    ["https://*.example.com:8443", "https://a.example.com:8443/"],
    ["https://*.example.com:443", "https://a.example.com/"],
    ["https://*.bücher.example", "https://a.xn--bcher-kva.example/"],
    ["https://*.xn--bcher-kva.example", "https://a.bücher.example/"],
    ["*", "https://anything.test:1234/"]
  ])("%s matches %s", ([pattern, url]) =>
    Effect.gen(function* () {
      expect(yield* goesTo([pattern], url)).toBe(true)
    })
  )

  it.effect.each<readonly [pattern: string, url: string]>([
    ["https://*.example.com", "https://example.com/"],
    ["https://*.example.com", "http://a.example.com/"],
    ["https://*.example.com", "https://a.example.com:8443/"],
    ["https://*.example.com:8443", "https://a.example.com/"],
    ["https://*.example.com", "https://evilexample.com/"],
    ["https://*.example.com", "https://a.example.com.evil.test/"],
    ["https://*.example.com", "https://a.example.com@evil.test/"],
    ["https://*.example.com", "https://evil.test/.example.com"],
    ["https://*.example.com", "https://evil.test#.example.com"],
    ["https://*.example.com", "https://a.example.com./"],
    ["https://*.example.com", "https://a.example.comm/"],
    ["*", "http://anything.test/"],
    ["*", "http://127.0.0.1/"],
    ["*", "file:///etc/hosts"]
  ])("%s does not match %s", ([pattern, url]) =>
    Effect.gen(function* () {
      expect(yield* goesTo([pattern], url)).toBe(false)
    })
  )

  it.effect.each([
    "https://*",
    "https://*.com",
    "https://*.com.",
    "https://*example.com",
    "https://*.*.example.com",
    "https://a.*.example.com",
    "https://api*.example.com",
    "https://%2a.example.com",
    "https://*.example.com/",
    "https://*.example.com/path",
    "https://*.example.com?x",
    "https://*.example.com@evil.test",
    "https://*.example.com:99999",
    "https://*.0.0.1",
    "https://*..example.com",
    "http://*.example.com",
    "http://*.0.0.1",
    "*.example.com",
    ".example.com",
    "https://api.example.com/v1",
    "https://api.example.com?x",
    "https://user@api.example.com",
    "http://api.example.com",
    "http://localhost:3000",
    "http://127.0.0.1.evil.test",
    "api.example.com",
    "//api.example.com",
    "file:///etc",
    "null",
    ""
  ])("%s is rejected as malformed", (pattern) =>
    Effect.gen(function* () {
      expect(yield* issuesOf(["https://a.example.com", pattern], true)).toEqual(["origins[1]"])
    })
  )
})

describe("S7 http", () => {
  it.effect.each(["http://127.0.0.1:8080", "http://127.1.2.3:8080", "http://[::1]:8080"])(
    "is allowed for %s with allowLoopbackHttp",
    (origin) =>
      Effect.gen(function* () {
        expect(yield* goesTo([origin], `${origin}/x`, true)).toBe(true)
        expect(yield* goesTo([origin], `${origin}1/x`, true)).toBe(false)
        expect(yield* goesTo(["*"], `${origin}/x`, true)).toBe(true)
        expect(yield* goesTo(["*"], `${origin}/x`, false)).toBe(false)
        expect(yield* issuesOf([origin])).toEqual(["origins[0]"])
      })
  )

  it.effect.each([
    "http://localhost",
    "http://0.0.0.0",
    "http://127.0.0.1.evil.test",
    "http://[::ffff:127.0.0.1]"
  ])("is rejected for %s, even with allowLoopbackHttp", (origin) =>
    Effect.gen(function* () {
      expect(yield* goesTo(["*"], `${origin}/`, true)).toBe(false)
      expect(yield* issuesOf([origin], true)).toEqual(["origins[0]"])
    })
  )
})

describe("S7 the list", () => {
  it.scoped("is required: making a client without one fails", () =>
    Effect.gen(function* () {
      const { client } = recorder()
      const tokens = yield* Tokens.make()
      const missing = { _tag: "InvalidConfiguration", reason: "Missing", issues: [{ path: "origins" }] }
      expect(yield* Effect.flip(make(tokens, client))).toMatchObject(missing)
      expect(yield* Effect.flip(make(tokens, client, { origins: [] }))).toMatchObject(missing)
      expect(yield* Effect.flip(BearerClient.transform(Effect.succeed(tokens.provider)))).toMatchObject(
        missing
      )
    })
  )

  it.effect("fails with every issue at once, without showing a value", () =>
    Effect.gen(function* () {
      const origins = [
        "https://ok.example",
        "http://user:s3cret@a.example",
        "nonsense-s3cret",
        "https://b.example/s3cret"
      ]
      expect(yield* issuesOf(origins)).toEqual(["origins[1]", "origins[2]", "origins[3]"])
      const error = yield* Effect.flip(make(yield* Tokens.make(), recorder().client, { origins }))
      expect([error.reason, JSON.stringify(error)]).toEqual([
        "Malformed",
        expect.not.stringContaining("s3cret")
      ])
    }).pipe(Effect.scoped)
  )

  it.each<readonly [origin: string, advice: string]>([
    ["api.example.com", "https://api.example.com"],
    ["http://api.example.com", "an https origin"],
    ["http://127.0.0.1:3000", "allowLoopbackHttp"],
    ["http://localhost:3000", "literal loopback address"],
    ["https://api*.example.com", "https://*.example.com"],
    ["https://api.example.com/v1", "without path, query and user name"],
    ["https://*.com", "two labels or more after the open one, as in https://*.example.com"],
    ["https://*.example.com:99999", "two labels or more after the open one"]
  ])("S7 the message about the origin %s contains %j", (origin, advice) => {
    expect(messageOf([origin])).toContain(advice)
  })

  it("S7 the message about an empty list shows an origin as an example", () => {
    expect(messageOf([])).toContain("https://api.example.com")
  })

  it.scoped.each<readonly [url: string, advice: string]>([
    ["https://other.example/v1?code=s3cret", "to include https://other.example, to send the token there"],
    ["/v1?code=s3cret", "an absolute URL in the request"]
  ])(
    "S7 the error for a request to %s names the origin to add, and not the rest of the URL",
    ([url, advice]) =>
      Effect.gen(function* () {
        const http = yield* make(yield* Tokens.make(), recorder().client, {
          origins: ["https://api.example.com"]
        })
        const error = yield* Effect.flip(http.get(url))
        expect(error.message).toContain(advice)
        expect(error.message).not.toContain("s3cret")
      })
  )

  it.scoped("of the client takes precedence over the provider's own", () =>
    Effect.gen(function* () {
      const { client, urls } = recorder()
      const tokens = yield* Tokens.make({ origins: ["https://own.example"] })
      const http = yield* make(tokens, client, { origins: ["https://given.example"] })
      yield* http.get("https://given.example/")
      expect(yield* Effect.flip(http.get("https://own.example/"))).toMatchObject({
        _tag: "InvalidConfiguration"
      })
      expect(urls).toEqual(["https://given.example/"])
    })
  )

  it.effect("is not required if the provider is unconfigured: each request fails with what is missing", () =>
    Effect.gen(function* () {
      const { client, urls } = recorder()
      const error = new TokenError.InvalidConfiguration({
        provider: "test/Api",
        reason: "Missing",
        issues: [new TokenError.ConfigurationIssue({ path: "CLIENT_ID", expected: "a value" })]
      })
      const provider = TokenProvider.unconfigured("test/Api", error)
      const http = yield* BearerClient.make(Effect.succeed(provider)).pipe(
        Effect.provideService(HttpClient.HttpClient, client)
      )
      for (const url of ["https://api.example.com/", "http://api.example.com/", "/relative"]) {
        expect(yield* Effect.flip(http.execute(HttpClientRequest.get(url)))).toBe(error)
      }
      expect(urls).toEqual([])
    })
  )

  it.scoped("allows no origin if the provider is unconfigured but returns a token all the same", () =>
    Effect.gen(function* () {
      const { client, urls } = recorder()
      const { provider } = yield* Tokens.make()
      const http = yield* BearerClient.make(Effect.succeed({ ...provider, isConfigured: false })).pipe(
        Effect.provideService(HttpClient.HttpClient, client)
      )
      expect(yield* Effect.flip(http.get("https://api.example.com/"))).toMatchObject({
        _tag: "InvalidConfiguration",
        issues: [{ path: "origins" }]
      })
      expect(urls).toEqual([])
    })
  )
})

describe("S7 the memory of allowed origins", () => {
  const listed = ["https://api.example.com", "https://*.example.org:8443", "http://127.0.0.1:8080"]
  const list = () => Either.getOrThrow(OriginList.make(listed, true))

  const hosts = ["api.example.com", "a.example.org:8443", "127.0.0.1:8080", "evil.test", "example.org:8443"]
  const pieces = [
    "",
    "@",
    ":",
    ":443",
    ":8443",
    ".",
    "/",
    "//",
    "\\",
    "?",
    "#",
    "\t",
    "\n",
    " ",
    "%2f",
    "A",
    "://"
  ]
  const urls = fc
    .tuple(
      fc.constantFrom("https:", "http:", "HTTPS:", "ht\ttps:", "ftp:", "blob:https:", "", " https:"),
      fc.constantFrom("//", "/", "///", "\\\\", "/\\", ""),
      fc.constantFrom(...pieces),
      fc.constantFrom(...hosts),
      fc.array(fc.constantFrom(...pieces, ...hosts), { maxLength: 4 })
    )
    .map(([scheme, slashes, before, host, after]) => [scheme, slashes, before, host, ...after].join(""))

  it("allows no URL that a list without memory rejects", () => {
    const experienced = list()
    for (const host of hosts) {
      experienced.allows(`https://${host}/`)
      experienced.allows(`http://${host}`)
    }
    fc.assert(
      fc.property(urls, (url) => {
        const expected = list().allows(url)
        expect(experienced.allows(url)).toBe(expected)
        expect(experienced.allows(url)).toBe(expected)
      }),
      { numRuns: 5_000 }
    )
  })

  it.each<readonly [remembered: string, url: string]>([
    ["https://a.example.co", "https://a.example.com"],
    ["https://a.example.com:844", "https://a.example.com:8443"],
    ["https://a.example.com", "https://a.example.com:8443"],
    ["https://a.example.com", "https://a.example.com."],
    ["https://a.example.com", "https://a.example.co"],
    ["https://a.example.com", "https://.example.com"],
    ["https://a.example.com", "https://b.example.com"],
    ["https://a.example.com", "https://aa.example.com"],
    ["https://a.example.com", "http://a.example.com"],
    ["http://127.0.0.1:808", "http://127.0.0.1:8080"],
    ["http://127.0.0.1", "http://127.0.0.11"]
  ])("S7 a list that has allowed %s does not allow %s", (remembered, url) => {
    const { allows } = Either.getOrThrow(OriginList.make([remembered], true))
    for (const path of ["", "/"]) {
      expect([allows(remembered + path), allows(url), allows(`${url}/`), allows(`${url}/v1`)]).toEqual([
        true,
        false,
        false,
        false
      ])
    }
  })

  it("holds at most a hundred origins", () => {
    const { allows } = Either.getOrThrow(OriginList.make(["*"], false))
    for (let i = 0; i < 300; i++) {
      expect([allows(`https://${i}.example.com/`), allows(`http://${i}.example.com/`)]).toEqual([true, false])
    }
  })
})
