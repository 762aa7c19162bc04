import { describe, expect, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import type { Cipher } from "../../src/store/TokenCipher.js"
import * as TokenCipher from "../../src/store/TokenCipher.js"
import { InvalidConfiguration } from "../../src/token/TokenError.js"
import { recordKey, secretKey } from "./support/keys.js"

const key = recordKey("a-record")
const secret = Redacted.make("marked-content-of-a-record")

const cipherOf = (...keys: ReadonlyArray<TokenCipher.SecretKey>): Effect.Effect<Cipher> =>
  Effect.orDie(TokenCipher.make(keys))

const contentOf = (cipher: Cipher, of: typeof key, version: number, sealed: Redacted.Redacted) =>
  Effect.map(cipher.open(of, version, sealed), ({ content, sealedWith }) => ({
    content: Redacted.value(content),
    sealedWith
  }))

const refused = (opened: Effect.Effect<unknown, unknown>, id = key.id) =>
  Effect.map(Effect.flip(opened), (failure) =>
    expect(failure).toMatchObject({ _tag: "StoreFailure", reason: "Undecryptable", key: id })
  )

const newer = secretKey("newer", 1)
const older = secretKey("older", 2)

describe("S23 what is sealed", () => {
  it.effect("is AES-256-GCM with the key's id in the protected header", () =>
    Effect.gen(function* () {
      const cipher = yield* cipherOf(newer)
      const sealed = Redacted.value(yield* cipher.seal(key, 1, secret))
      expect(sealed).not.toContain("marked-content")
      const jwe = JSON.parse(sealed) as Readonly<Record<string, string>>
      expect(Object.keys(jwe).sort()).toEqual(["ciphertext", "iv", "protected", "tag"])
      const header: unknown = JSON.parse(Buffer.from(jwe["protected"]!, "base64url").toString())
      expect(header).toEqual({ alg: "dir", enc: "A256GCM", kid: "newer" })
      expect(Buffer.from(jwe["iv"]!, "base64url")).toHaveLength(12)
      expect(Buffer.from(jwe["tag"]!, "base64url")).toHaveLength(16)
      expect(yield* contentOf(cipher, key, 1, Redacted.make(sealed))).toEqual({
        content: "marked-content-of-a-record",
        sealedWith: "newer"
      })
    })
  )

  it.effect("is different each time", () =>
    Effect.gen(function* () {
      const cipher = yield* cipherOf(newer)
      const sealed = yield* Effect.replicateEffect(cipher.seal(key, 1, secret), 20)
      expect(new Set(sealed.map(Redacted.value)).size).toBe(20)
    })
  )

  it.effect("does not open for another record, tenant or provider, nor under another version", () =>
    Effect.gen(function* () {
      const cipher = yield* cipherOf(newer)
      const sealed = yield* cipher.seal(recordKey("another"), 3, secret)
      yield* refused(cipher.open(key, 3, sealed))
      const own = yield* cipher.seal(key, 3, secret)
      yield* refused(cipher.open({ ...key, tenant: "another" }, 3, own))
      yield* refused(cipher.open({ ...key, tenant: undefined }, 3, own))
      yield* refused(cipher.open({ ...key, provider: "another" }, 3, own))
      yield* refused(cipher.open(key, 2, own))
      yield* refused(cipher.open(key, 4, own))
    })
  )

  it.effect("does not open for a record that differs in one character or in an empty field", () =>
    Effect.gen(function* () {
      const cipher = yield* cipherOf(newer)
      const records = ["a", "ab", "b", "A", "", " a"].flatMap((text) => [
        { provider: text, tenant: "t", id: "i" },
        { provider: "p", tenant: text, id: "i" },
        { provider: "p", tenant: "t", id: text }
      ])
      const all = [
        ...records,
        { provider: "p", tenant: undefined, id: "i" },
        { provider: "p", tenant: "null", id: "i" },
        { provider: "p", tenant: "undefined", id: "i" }
      ]
      for (const record of all) {
        const sealed = yield* cipher.seal(record, 1, secret)
        for (const other of all) {
          if (other !== record) yield* refused(cipher.open(other, 1, sealed), other.id)
        }
      }
      const sealed = yield* cipher.seal(key, 1, secret)
      for (const version of [0, 10, 11, -1]) yield* refused(cipher.open(key, version, sealed))
    })
  )

  it.effect("does not open for a record whose fields run together", () =>
    Effect.gen(function* () {
      const cipher = yield* cipherOf(newer)
      const sealed = yield* cipher.seal({ ...key, provider: "a", tenant: "bc" }, 1, secret)
      yield* refused(cipher.open({ ...key, provider: "ab", tenant: "c" }, 1, sealed))
    })
  )

  it.effect("does not open with a bit flipped, wherever it is", () =>
    Effect.gen(function* () {
      const cipher = yield* cipherOf(newer)
      const sealed = Redacted.value(yield* cipher.seal(key, 1, secret))
      const jwe = JSON.parse(sealed) as Readonly<Record<string, string>>
      for (const [part, text] of Object.entries(jwe)) {
        const bytes = Buffer.from(text, "base64url")
        for (const place of [0, bytes.length - 1]) {
          const flipped = Buffer.from(bytes)
          flipped[place]! ^= 1
          const forged = JSON.stringify({ ...jwe, [part]: flipped.toString("base64url") })
          yield* refused(cipher.open(key, 1, Redacted.make(forged)))
        }
      }
    })
  )

  it.effect("does not open with another algorithm than its own, nor with none", () =>
    Effect.gen(function* () {
      const cipher = yield* cipherOf(newer)
      const sealed = JSON.parse(Redacted.value(yield* cipher.seal(key, 1, secret))) as object
      for (const header of [{ alg: "dir", enc: "A128GCM", kid: "newer" }, { alg: "none" }, {}]) {
        const forged = {
          ...sealed,
          protected: Buffer.from(JSON.stringify(header)).toString("base64url")
        }
        yield* refused(cipher.open(key, 1, Redacted.make(JSON.stringify(forged))))
      }
    })
  )

  it.effect("is not taken from what is no sealed content at all", () =>
    Effect.gen(function* () {
      const cipher = yield* cipherOf(newer)
      for (const garbage of ["", "marked-content", "{}", "null", "[]", '{"ciphertext":1}', "a.b.c.d.e"]) {
        yield* refused(cipher.open(key, 1, Redacted.make(garbage)))
      }
    })
  )
})

describe("S24 keys", () => {
  it.effect("the first seals, and every one opens what it has sealed", () =>
    Effect.gen(function* () {
      const before = yield* cipherOf(older)
      const after = yield* cipherOf(newer, older)
      expect(after.newest).toBe("newer")
      const old = yield* before.seal(key, 1, secret)
      expect((yield* contentOf(after, key, 1, old)).sealedWith).toBe("older")
      const fresh = yield* after.seal(key, 2, secret)
      expect((yield* contentOf(after, key, 2, fresh)).sealedWith).toBe("newer")
      yield* refused(before.open(key, 2, fresh))
    })
  )

  it.effect("one of the same id and other bytes opens nothing", () =>
    Effect.gen(function* () {
      const sealed = yield* (yield* cipherOf(newer)).seal(key, 1, secret)
      yield* refused((yield* cipherOf(secretKey("newer", 9))).open(key, 1, sealed))
    })
  )

  const configured = (text: string | undefined, config?: Config.Config<Redacted.Redacted>) =>
    Effect.provide(TokenCipher.TokenCipher, TokenCipher.layerConfig(config)).pipe(
      Effect.withConfigProvider(
        ConfigProvider.fromMap(new Map(text === undefined ? [] : [["OAUTH_STORE_KEYS", text]]))
      )
    )

  const text = ({ id, secret }: TokenCipher.SecretKey) => `${id}:${Redacted.value(secret)}`

  it.effect("come from OAUTH_STORE_KEYS, the newest first", () =>
    Effect.gen(function* () {
      const cipher = yield* configured(` ${text(newer)}, ${text(older)},`)
      expect(cipher.newest).toBe("newer")
      const old = yield* (yield* cipherOf(older)).seal(key, 1, secret)
      expect((yield* contentOf(cipher, key, 1, old)).content).toBe("marked-content-of-a-record")
    })
  )

  it.effect("come from another setting", () =>
    Effect.gen(function* () {
      const cipher = yield* configured(undefined, Config.succeed(Redacted.make(text(older))))
      expect(cipher.newest).toBe("older")
    })
  )

  it.effect("without one, nothing starts", () =>
    Effect.gen(function* () {
      for (const nothing of [undefined, "", " , "]) {
        const error = yield* Effect.flip(configured(nothing))
        expect(error).toBeInstanceOf(InvalidConfiguration)
        expect(error).toMatchObject({ reason: "Missing", issues: [{ path: "OAUTH_STORE_KEYS" }] })
      }
    })
  )

  it.effect("that are wrong are named by their places, and never shown", () =>
    Effect.gen(function* () {
      const value = "bWFya2VkLXNlY3JldC1rZXktdGhhdC1pcy10b28tbG9uZy1mb3ItYS1rZXk"
      const wrong = {
        "without an id": value,
        "too long": `a:${value}`,
        "too short": "a:bWFya2Vk",
        "no base64url": `a:${"+".repeat(43)}`,
        "id and key swapped": `${value}:a`,
        "an id with a space": `a b:${Redacted.value(newer.secret)}`
      }
      for (const text of Object.values(wrong)) {
        const error = yield* Effect.flip(configured(`${Redacted.value(older.secret)}:older,${text}`))
        expect(error.reason).toBe("Malformed")
        expect(error.issues.map(({ path }) => path)).toEqual(
          expect.arrayContaining(["OAUTH_STORE_KEYS[0]", "OAUTH_STORE_KEYS[1]"])
        )
        const shown = `${error.message} ${inspect(error)} ${JSON.stringify(error)}`
        expect(shown).not.toContain(value)
        expect(shown).not.toContain(Redacted.value(older.secret))
        expect(shown).not.toContain("bWFya2Vk")
      }
    })
  )

  it.effect("of one id twice are refused", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(configured(`${text(newer)},${text(secretKey("newer", 5))}`))
      expect(error.issues).toMatchObject([{ path: "OAUTH_STORE_KEYS[1]" }])
    })
  )

  it.effect("S22 are not to be read out of a cipher", () =>
    Effect.gen(function* () {
      const cipher = yield* cipherOf(newer)
      expect(inspect(cipher, { depth: 10, showHidden: true })).not.toContain(Redacted.value(newer.secret))
      expect(JSON.stringify(cipher)).toBe('{"newest":"newer"}')
    })
  )
})

describe("S23 plain text", () => {
  it.effect("is what is asked for by name, and opens again", () =>
    Effect.gen(function* () {
      const cipher = yield* TokenCipher.TokenCipher
      const resting = yield* cipher.seal(key, 1, secret)
      expect(Redacted.value(resting)).toContain("marked-content-of-a-record")
      expect(yield* contentOf(cipher, key, 1, resting)).toEqual({
        content: "marked-content-of-a-record",
        sealedWith: undefined
      })
    }).pipe(Effect.provide(TokenCipher.layerPlainText))
  )

  it.effect("is not mistaken for what is sealed, nor the other way round", () =>
    Effect.gen(function* () {
      const sealing = yield* cipherOf(newer)
      yield* refused(TokenCipher.plainText.open(key, 1, yield* sealing.seal(key, 1, secret)))
      yield* refused(sealing.open(key, 1, yield* TokenCipher.plainText.seal(key, 1, secret)))
    })
  )
})
