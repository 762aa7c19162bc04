import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import { ClientAuthentication, TokenEndpoint } from "effect-oauth"
import { parseEndpoint } from "../../src/wire/Url.js"
import { cases, seed } from "../support/cases.js"
import { endpoint } from "../support/exchange.js"
import type { Recorded } from "../support/recordingClient.js"
import { recordingClient, theOnly } from "../support/recordingClient.js"

const url = new URL("https://login.example.com/tenant/token?p=a%20policy")

/** The one request that an exchange sends. */
const requestOf = (
  changes: Partial<TokenEndpoint.TokenEndpoint>,
  parameters: TokenEndpoint.Parameters = { grant_type: "client_credentials" }
): Effect.Effect<Recorded> => {
  const { layer, requests } = recordingClient()
  return TokenEndpoint.exchange(endpoint(url, changes), parameters).pipe(
    Effect.provide(layer),
    Effect.orDie,
    Effect.map(() => theOnly(requests))
  )
}

/** Any text that UTF-8 can encode. */
const text = FastCheck.oneof(
  FastCheck.string({ unit: "grapheme", minLength: 1, maxLength: 40 }),
  FastCheck.string({ unit: "binary", minLength: 1, maxLength: 40 }),
  FastCheck.string({ unit: "binary-ascii", minLength: 1, maxLength: 40 })
)

/** Decodes `application/x-www-form-urlencoded` byte by byte, as the HTML standard specifies. */
const formDecode = (encoded: string): string => {
  const bytes: Array<number> = []
  for (let at = 0; at < encoded.length; at++) {
    const character = encoded[at]!
    if (character === "%") {
      bytes.push(Number.parseInt(encoded.slice(at + 1, at + 3), 16))
      at += 2
    } else {
      bytes.push(character === "+" ? 0x20 : character.charCodeAt(0))
    }
  }
  return Buffer.from(bytes).toString("utf8")
}

/** The parts of the Basic credentials before and after the first colon. */
const basicOf = (request: Recorded): readonly [id: string, secret: string] => {
  const [scheme, credentials] = request.headers["authorization"]!.split(" ")
  expect(scheme).toBe("Basic")
  expect(credentials).toMatch(/^[A-Za-z0-9+/]+={0,2}$/)
  const pair = Buffer.from(credentials!, "base64").toString("utf8")
  return [pair.slice(0, pair.indexOf(":")), pair.slice(pair.indexOf(":") + 1)]
}

/** A body's parameters, in either format. */
const bodyOf = (request: Recorded): ReadonlyArray<readonly [name: string, value: string]> =>
  request.headers["content-type"] === "application/json"
    ? Object.entries<unknown>({ ...(JSON.parse(request.body) as object) }).map(([name, value]) => [
        name,
        String(value)
      ])
    : request.body.split("&").flatMap((pair) => {
        const [name, value] = pair.split("=")
        return value === undefined ? [] : [[formDecode(name!), formDecode(value)]]
      })

const check = <A>(arbitrary: FastCheck.Arbitrary<A>, holds: (value: A) => Effect.Effect<unknown>) =>
  Effect.promise(() =>
    FastCheck.assert(
      FastCheck.asyncProperty(arbitrary, (value) => Effect.runPromise(Effect.asVoid(holds(value)))),
      { numRuns: cases(100), seed }
    )
  )

describe("S1 the Basic header", () => {
  it.effect("S1 is encoded as RFC 6749 §2.3.1 requires, character by character", () =>
    Effect.gen(function* () {
      const basic = ClientAuthentication.basic("an id:%", Redacted.make("+/&=é ~*'\u{1f511}"))
      const [id, secret] = basicOf(yield* requestOf({ clientAuthentication: basic }))
      expect(id).toBe("an+id%3A%25")
      expect(secret).toBe("%2B%2F%26%3D%C3%A9+%7E*%27%F0%9F%94%91")
    })
  )

  it.effect("S1 carries any id and any secret, form-encoded", () =>
    check(FastCheck.tuple(text, text), ([id, secret]) =>
      Effect.map(
        requestOf({ clientAuthentication: ClientAuthentication.basic(id, Redacted.make(secret)) }),
        (request) => expect(basicOf(request).map(formDecode)).toEqual([id, secret])
      )
    )
  )

  it.effect("S1 carries any id without a colon and any secret unencoded, if the encoding is raw", () =>
    check(
      FastCheck.tuple(
        text.filter((id) => !id.includes(":")),
        text
      ),
      ([id, secret]) =>
        Effect.map(
          requestOf({ clientAuthentication: ClientAuthentication.basic(id, Redacted.make(secret), "raw") }),
          (request) => expect(basicOf(request)).toEqual([id, secret])
        )
    )
  )

  it.effect("S1 carries a lone surrogate, which UTF-8 cannot encode, as a replacement character", () =>
    Effect.gen(function* () {
      for (const encoding of ["form", "raw"] as const) {
        const basic = ClientAuthentication.basic("a\ud800", Redacted.make("b\udfff"), encoding)
        const decode = encoding === "form" ? formDecode : (text: string) => text
        expect(basicOf(yield* requestOf({ clientAuthentication: basic })).map(decode)).toEqual([
          "a\ufffd",
          "b\ufffd"
        ])
      }
    })
  )
})

/** A method with its id and secret, the secret recognizable. */
const method = FastCheck.tuple(
  text,
  FastCheck.constantFrom("basic", "raw", "post", "none"),
  text.map((secret) => `canary-${secret}-canary`)
).map(([id, name, secret]) => ({
  id,
  name,
  secret,
  authentication:
    name === "none"
      ? ClientAuthentication.none(id)
      : name === "post"
        ? ClientAuthentication.post(id, Redacted.make(secret))
        : ClientAuthentication.basic(id, Redacted.make(secret), name === "raw" ? "raw" : "form")
}))

const value = FastCheck.oneof(
  text,
  text.map((text) => Redacted.make(`canary-${text}-canary`)),
  FastCheck.array(text, { maxLength: 3 }),
  FastCheck.constant(undefined)
)

const parameters = FastCheck.dictionary(
  FastCheck.oneof(
    text,
    FastCheck.constantFrom(
      "grant_type",
      "scope",
      "client_id",
      "client_secret",
      "client_assertion",
      "client_assertion_type",
      "__proto__"
    )
  ),
  value,
  { maxKeys: 8 }
)

const exchanges = FastCheck.record({
  method,
  requestFormat: FastCheck.constantFrom("form" as const, "json" as const),
  parameters
})

describe("S2 client authentication", () => {
  it.effect("S2 is sent exactly once, whatever the method, the format and the grant's own parameters", () =>
    check(exchanges, ({ method, parameters, requestFormat }) =>
      Effect.map(
        requestOf({ clientAuthentication: method.authentication, requestFormat }, parameters),
        (request) => {
          const body = bodyOf(request)
          const named = (name: string) => body.filter(([other]) => other === name).map(([_, value]) => value)
          const isInHeader = request.headers["authorization"] !== undefined
          expect(isInHeader).toBe(method.name === "basic" || method.name === "raw")
          expect(named("client_secret")).toEqual(method.name === "post" ? [method.secret] : [])
          expect(named("client_assertion")).toEqual([])
          expect(named("client_assertion_type")).toEqual([])
          if (!isInHeader) expect(named("client_id")).toEqual([method.id])
        }
      )
    )
  )

  it.effect("S8 adds nothing to the endpoint's URL, so no secret is in it", () =>
    check(exchanges, ({ method, parameters, requestFormat }) =>
      Effect.map(
        requestOf({ clientAuthentication: method.authentication, requestFormat }, parameters),
        (request) => {
          expect(request.method).toBe("POST")
          expect(decodeURIComponent(request.url)).not.toContain("canary")
          expect(new URL(request.url).searchParams).toEqual(url.searchParams)
          expect(request.url.split("?")[0]).toBe(url.href.split("?")[0])
        }
      )
    )
  )

  it.effect("leaves every other parameter unchanged and sends it once, in either format", () =>
    check(exchanges, ({ parameters, requestFormat }) =>
      Effect.map(
        requestOf({ clientAuthentication: ClientAuthentication.none("an-id"), requestFormat }, parameters),
        (request) => {
          const sent: TokenEndpoint.Parameters = { ...parameters, client_id: "an-id" }
          const expected = Object.entries(sent).flatMap(([name, value]) => {
            if (value === undefined || /^client_(secret|assertion)/.test(name)) return []
            if (typeof value === "string") return [[name, value]]
            if (Redacted.isRedacted(value)) return [[name, Redacted.value(value)]]
            return requestFormat === "json"
              ? [[name, String(value)]]
              : value.map((element) => [name, element])
          })
          expect(bodyOf(request).map(([name, value]) => [name, value])).toEqual(expected)
        }
      )
    )
  )
})

describe("S8 the URL of an endpoint", () => {
  const refused = [
    "client_secret",
    "access_token",
    "token",
    "password",
    "Assertion",
    "api_key",
    "apikey",
    "API-KEY"
  ]

  it.each(refused)("S8 is rejected with %s in its query", (name) => {
    const input = `https://login.example.com/token?${name}=canary`
    expect(String(parseEndpoint(input, false))).not.toContain("canary")
    expect(Either.isLeft(parseEndpoint(input, false))).toBe(true)
  })

  it.each([
    "https://user@a.example/",
    "https://:pass@a.example/",
    "https://u:p@a.example/",
    "https://a.example/#token"
  ])("S8 is rejected with user information or a fragment, as in %s", (input) => {
    expect(Either.isLeft(parseEndpoint(input, false))).toBe(true)
  })
})
