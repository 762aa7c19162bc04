import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { describe, expect, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
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
import { emptyPlaces } from "./support/emptyPlaces.js"
import type { Login } from "./support/login.js"
import { Ground, login } from "./support/login.js"
import type { Place } from "./support/places.js"
import { storeAt } from "./support/places.js"
import { providerOf, Shared } from "./support/provider.js"
import { rawPlace } from "./support/rawPlace.js"

/** In seconds: nothing is due while a test runs, unless it is always. */
const settings = { lifetime: 200, grace: 0 }

interface Start {
  readonly cipher?: Layer.Layer<TokenCipher.TokenCipher>
  readonly isMachine?: boolean
}

/** One get of a provider that starts with what is stored, and the events of it. */
const getAtStart = ({ credential }: Login, place: Place, { cipher, isMachine = false }: Start = {}) => {
  const events: Array<TokenEvent> = []
  const provider = providerOf(
    { place, ...credential, ...(isMachine ? { seed: undefined } : {}) },
    (event) => void events.push(event)
  ).pipe(Layer.provide([storeAt(place, cipher), FetchHttpClient.layer]))
  return Effect.flatMap(Shared, ({ get }) => Effect.either(get)).pipe(
    Effect.provide(provider),
    Effect.map((got) => ({ got, events }))
  )
}

/** The id of the client's record. */
const idOf = ({ client }: Login, place: Place) =>
  Effect.gen(function* () {
    const store = Context.get(yield* Layer.build(storeAt(place)), LeasedTokenStore)
    const ids = Stream.map(store.list, ({ key }) => key.id)
    const found = Stream.filter(ids, (id) => id.includes(`${client}\\"`))
    return Option.getOrThrow(yield* Stream.runHead(found))
  })

/** Two logins whose tokens are in the store, and what lies there. */
const twoIn = (place: Place, start?: Start) =>
  Effect.gen(function* () {
    const raw = rawPlace(place)
    const [one, other] = yield* Effect.all([login(settings), login(settings)])
    for (const grant of [one, other]) {
      expect(Either.isRight((yield* getAtStart(grant, place, start)).got)).toBe(true)
    }
    const [idOfOne, idOfOther] = yield* Effect.all([idOf(one, place), idOf(other, place)])
    return { raw, one, other, idOfOne, idOfOther }
  })

type Two = Effect.Effect.Success<ReturnType<typeof twoIn>>

/** What somebody does to the record of the first, and how a provider starts afterwards. */
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

describe.concurrent("a stored token", () => {
  layer(Ground.layer, { excludeTestServices: true })((it) => {
    for (const [kind, empty] of Object.entries(emptyPlaces)) {
      for (const [what, tamper] of Object.entries(tampering)) {
        it.scoped(`S23 ${what} is a StoreFailure of a rotating grant, on ${kind}`, () =>
          Effect.gen(function* () {
            const place = yield* empty
            const two = yield* twoIn(place)
            const start = yield* tamper(two)
            const { events, got } = yield* getAtStart(two.one, place, start)
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
            const place = yield* empty
            const two = yield* twoIn(place, { isMachine: true })
            const start = yield* tamper(two)
            const { events, got } = yield* getAtStart(two.one, place, { ...start, isMachine: true })
            const requests = yield* two.one.requests
            expect(requests).toHaveLength(2)
            expect(Either.map(got, digestOf)).toStrictEqual(Either.right(requests[1]?.issued?.digest))
            expect(events.map(({ _tag }) => _tag)).toStrictEqual(["StoreUnavailable", "Acquired"])
          })
        )
      }

      it.scoped(`S23 is sealed with all that came with it: no byte gives a secret away, on ${kind}`, () =>
        Effect.gen(function* () {
          const place = yield* empty
          const { idOfOne, one, raw } = yield* twoIn(place)
          const store = Context.get(yield* Layer.build(storeAt(place)), LeasedTokenStore)
          const key = { provider: Shared.key, tenant: undefined, id: idOfOne }
          const { record } = yield* store.load(key)
          const content = Redacted.value(Option.getOrThrow(record).content)
          const secrets = [one.seed, one.credential.clientSecret, ...longStringsIn(content)]
          // an access token and a refresh token at least
          expect(secrets.length).toBeGreaterThanOrEqual(4)

          const held = yield* one.hold("handled")
          yield* one.start(place, { marginFraction: 1 })
          yield* held
          const dump = yield* raw.dump
          yield* one.letGo
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
