import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { describe, expect, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { createHash } from "node:crypto"
import * as TokenCipher from "../../src/store/TokenCipher.js"
import { LeasedTokenStore } from "../../src/store/TokenStore.js"
import type { AccessToken } from "../../src/token/AccessToken.js"
import { StoreFailure } from "../../src/token/TokenError.js"
import type { TokenEvent } from "../../src/token/TokenEvent.js"
import { secretKey } from "../store/support/keys.js"
import { emptyLocations } from "../store/support/emptyLocations.js"
import type { Location } from "../store/support/locations.js"
import { storeAt } from "../store/support/locations.js"
import type { Grant } from "./support/grant.js"
import { Fixture, makeGrant } from "./support/grant.js"
import { providerOf, Shared } from "./support/provider.js"
import { rawLocation } from "./support/rawLocation.js"

/** Nothing is due while a test runs. */
const client = { lifetime: 3600, grace: 0 }

interface Start {
  readonly operation?: "get" | "refresh"
  readonly cipher?: Layer.Layer<TokenCipher.TokenCipher>
  readonly isMachine?: boolean
}

/** The outcome of a provider that starts with what is stored, and its events. */
const atStart = (
  { settings }: Grant,
  location: Location,
  { cipher, isMachine = false, operation = "get" }: Start = {}
) => {
  const events: Array<TokenEvent> = []
  const provider = providerOf(
    { location, ...settings, ...(isMachine ? { refreshToken: undefined } : {}) },
    (event) => void events.push(event)
  ).pipe(Layer.provide([storeAt(location, cipher), FetchHttpClient.layer]))
  return Effect.flatMap(Shared, (shared) => Effect.either(shared[operation])).pipe(
    Effect.provide(provider),
    Effect.map((got) => ({ got, events }))
  )
}

/** The id of the client's record. */
const idOf = ({ client }: Grant, location: Location) =>
  Effect.gen(function* () {
    const store = Context.get(yield* Layer.build(storeAt(location)), LeasedTokenStore)
    const ids = Stream.map(store.list, ({ key }) => key.id)
    const found = Stream.filter(ids, (id) => id.includes(`${client}\\"`))
    return Option.getOrThrow(yield* Stream.runHead(found))
  })

/** Two logins whose tokens are in the store, and the bytes of the store. */
const twoIn = (location: Location, start?: Start) =>
  Effect.gen(function* () {
    const raw = rawLocation(location)
    const [one, other] = yield* Effect.all([makeGrant(client), makeGrant(client)])
    for (const grant of [one, other]) {
      expect(Either.isRight((yield* atStart(grant, location, start)).got)).toBe(true)
    }
    const [idOfOne, idOfOther] = yield* Effect.all([idOf(one, location), idOf(other, location)])
    return { raw, one, other, idOfOne, idOfOther }
  })

type Two = Effect.Effect.Success<ReturnType<typeof twoIn>>

/** What is done to the record of the first, and how a provider starts afterwards. */
const tampering: Readonly<Record<string, (two: Two) => Effect.Effect<Start>>> = {
  "whose row was swapped for another": ({ idOfOne, idOfOther, raw }) =>
    Effect.gen(function* () {
      const [ofOne, ofOther] = yield* Effect.all([raw.read(idOfOne), raw.read(idOfOther)])
      yield* raw.write(idOfOne, ofOther)
      yield* raw.write(idOfOther, ofOne)
      return {}
    }),
  "with a bit flipped": ({ idOfOne, raw }) =>
    Effect.gen(function* () {
      const content = yield* raw.read(idOfOne)
      const at = content.indexOf('"ciphertext":"') + 20
      // neighbours in the alphabet of base64url differ in the last of six bits
      const flipped = content[at] === "A" ? "B" : "A"
      yield* raw.write(idOfOne, content.slice(0, at) + flipped + content.slice(at + 1))
      return {}
    }),
  "whose key is not known": () =>
    Effect.succeed({ cipher: Layer.orDie(TokenCipher.layer([secretKey("another-key", 8)])) })
}

describe("a stored token", () => {
  layer(Fixture.layer, { excludeTestServices: true })((it) => {
    for (const [kind, empty] of Object.entries(emptyLocations)) {
      for (const [what, tamper] of Object.entries(tampering)) {
        it.scoped(`S23 ${what} is a StoreFailure of a rotating grant, on ${kind}`, () =>
          Effect.gen(function* () {
            const location = yield* empty
            const two = yield* twoIn(location)
            const start = yield* tamper(two)
            const { events, got } = yield* atStart(two.one, location, start)
            const failure = new StoreFailure({
              provider: Shared.key,
              reason: "Undecryptable",
              key: two.idOfOne
            })
            expect(got).toStrictEqual(Either.left(failure))
            expect(events.map(({ _tag }) => _tag)).toStrictEqual(["StoreUnavailable", "RefreshFailed"])
            // nothing was presented again
            expect(yield* two.one.requests).toHaveLength(1)
          })
        )

        it.scoped(`S23 ${what} keeps no machine from its token, on ${kind}`, () =>
          Effect.gen(function* () {
            const location = yield* empty
            const two = yield* twoIn(location, { isMachine: true })
            const start = yield* tamper(two)
            const { events, got } = yield* atStart(two.one, location, { ...start, isMachine: true })
            const requests = yield* two.one.requests
            expect(requests).toHaveLength(2)
            expect(Either.map(got, digestOf)).toStrictEqual(Either.right(requests[1]?.issued?.digest))
            expect(events.map(({ _tag }) => _tag)).toStrictEqual(["StoreUnavailable", "Acquired"])
          })
        )
      }

      it.scoped(`S23 is sealed with all that came with it: no byte gives a secret away, on ${kind}`, () =>
        Effect.gen(function* () {
          const location = yield* empty
          const { idOfOne, one, raw } = yield* twoIn(location)
          const store = Context.get(yield* Layer.build(storeAt(location)), LeasedTokenStore)
          const key = { provider: Shared.key, tenant: undefined, id: idOfOne }
          const { record } = yield* store.load(key)
          const content = Redacted.value(Option.getOrThrow(record).content)
          const secrets = [one.refreshToken, one.settings.clientSecret, ...longStringsIn(content)]
          // an access token and a refresh token at least
          expect(secrets.length).toBeGreaterThanOrEqual(4)

          // the intent to present the refresh token is in the store, too
          const held = yield* one.hold("handled")
          const refresh = yield* Effect.fork(atStart(one, location, { operation: "refresh" }))
          yield* held
          const dump = yield* raw.dump
          yield* one.letGo
          yield* Fiber.join(refresh)
          expect(dump).toContain(one.client)
          expect(secrets.filter((secret) => looks(secret).some((look) => dump.includes(look)))).toStrictEqual(
            []
          )
        })
      )
    }
  })
})

const digestOf = ({ value }: AccessToken) =>
  createHash("sha256").update(Redacted.value(value)).digest("base64url")

/** What the server issues is 43 characters long. */
const longStringsIn = (content: string) => content.match(/(?<=")[\w-]{43}(?=")/g) ?? []

/** How a secret may look in bytes: as it is, in hexadecimal digits, and in base64 wherever that begins. */
const looks = (secret: string): ReadonlyArray<string> => [
  secret,
  Buffer.from(secret).toString("hex"),
  ...[0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)])
      .toString("base64")
      .slice([0, 2, 3][offset], -4)
  )
]
