import { describe, expect, it } from "@effect/vitest"
import * as KeyValueStore from "@effect/platform/KeyValueStore"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as FileTokenStore from "../../src/store/FileTokenStore.js"
import * as KeyValueTokenStore from "../../src/store/KeyValueTokenStore.js"
import * as MemoryTokenStore from "../../src/store/MemoryTokenStore.js"
import * as SealedTokenStore from "../../src/store/SealedTokenStore.js"
import * as TokenCipher from "../../src/store/TokenCipher.js"
import type { Entry, LeasedService, Service } from "../../src/store/TokenStore.js"
import { marks, marksIn } from "../canary/marks.js"
import { renderings } from "../canary/renderings.js"
import { recordingTracer } from "../support/recordingTracer.js"
import { NodeFiles, temporaryDirectory } from "./support/files.js"
import { entryOf, recordKey, SealedByOneKey } from "./support/keys.js"

const key = recordKey("acme")
const secrets = Object.values(marks).join(" ")

/** A store, and how what stands in it is spoiled. */
interface Subject {
  readonly store: Service
  readonly spoil: Effect.Effect<unknown, unknown>
}

const inMemory = Effect.map(
  Effect.flatMap(MemoryTokenStore.make, SealedTokenStore.make),
  (store): Subject => ({
    store,
    spoil: Effect.void
  })
)

const overValues = Effect.gen(function* () {
  const values = yield* KeyValueStore.KeyValueStore
  const names: Array<string> = []
  const store = yield* Effect.provideService(KeyValueTokenStore.make, KeyValueStore.KeyValueStore, {
    ...values,
    set: (name, value) => {
      names.push(name)
      return values.set(name, value)
    }
  })
  return {
    store,
    spoil: Effect.suspend(() => Effect.forEach(names, (name) => values.set(name, `{"${secrets}`)))
  }
}).pipe(Effect.provide(KeyValueStore.layerMemory))

const filesIn = (directory: string): ReadonlyArray<string> =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((path) => join(directory, path))
    .filter((path) => statSync(path).isFile())

const inFiles = Effect.gen(function* () {
  const directory = yield* temporaryDirectory
  const store = yield* FileTokenStore.make({ directory })
  const spoil = Effect.sync(() => {
    for (const file of filesIn(directory))
      writeFileSync(file, JSON.stringify({ mark: "a", after: "", text: secrets }))
  })
  return { store, spoil }
}).pipe(Effect.provide(NodeFiles))

const isLeased = (store: Service): store is LeasedService => "acquire" in store

/** Everything that a store does, as it succeeds and as it fails: what it gives, and what it was given. */
const life = ({ spoil, store }: Subject) =>
  Effect.gen(function* () {
    const entry: Entry = entryOf(key, secrets)
    const saved = yield* Effect.exit(store.save(entry, 0))
    const loaded = yield* store.load(key)
    expect(Option.map(loaded.record, ({ content }) => Redacted.value(content))).toEqual(Option.some(secrets))
    const listed = yield* Effect.exit(Stream.runCollect(store.list))
    const lease = isLeased(store) ? yield* store.acquire(key, "a", Duration.minutes(1)) : Option.none()
    yield* spoil
    const rest = yield* Effect.forEach(
      [
        store.load(key),
        Stream.runCollect(store.list),
        store.save(entry, 1),
        store.save(entry, 2),
        store.remove(key, 2)
      ],
      (effect) => Effect.exit<unknown, unknown, never>(effect)
    )
    return [store, entry, saved, loaded, listed, lease, ...rest]
  }).pipe(Effect.withSpan("the caller"))

describe("S22 a store", () => {
  const ciphers = { "plain text": TokenCipher.layerPlainText, sealed: SealedByOneKey }
  for (const [subject, make] of Object.entries({ inMemory, overValues, inFiles })) {
    for (const [cipher, layer] of Object.entries(ciphers)) {
      it.scoped(`${subject}, ${cipher}, shows no secret in a value, an error, a span or a log`, () =>
        Effect.gen(function* () {
          const shown: Array<unknown> = []
          const { spans, tracer } = recordingTracer()
          const values = yield* Effect.flatMap(make, life).pipe(
            Effect.withTracer(tracer),
            Logger.withMinimumLogLevel(LogLevel.All),
            Effect.provide([
              Logger.replace(
                Logger.defaultLogger,
                Logger.make((entry) => shown.push(entry))
              ),
              layer
            ])
          )
          const failed = values.filter((value) => Exit.isExit(value) && Exit.isFailure(value))
          expect(failed.length).toBeGreaterThan(subject === "inMemory" ? -1 : 0)
          for (const value of [...values, ...shown, ...spans]) {
            for (const [way, text] of renderings(value)) expect([way, marksIn(text)]).toEqual([way, []])
          }
        })
      )
    }
  }
})

describe("S22 a cipher", () => {
  it.effect("shows neither key nor content", () =>
    Effect.gen(function* () {
      const bytes = Buffer.from("canary-secret-key-of-32-bytes-aa")
      const cipher = yield* TokenCipher.make([
        { id: "a-key", secret: Redacted.make(bytes.toString("base64url")) }
      ])
      const content = Redacted.make(secrets)
      const sealed = yield* cipher.seal(key, 1, content)
      const opened = yield* cipher.open(key, 1, sealed)
      const refused = yield* Effect.exit(cipher.open(key, 2, sealed))
      expect(marksIn(Redacted.value(sealed))).toEqual([])
      const unsealed = yield* Effect.exit(cipher.open(key, 1, content))
      const neverPlain = yield* Effect.exit(TokenCipher.plainText.open(key, 1, content))
      expect([refused, unsealed, neverPlain].every(Exit.isFailure)).toBe(true)
      for (const value of [cipher, sealed, opened, refused, unsealed, neverPlain, TokenCipher.plainText]) {
        for (const [way, text] of renderings(value)) {
          expect([way, marksIn(text)]).toEqual([way, []])
          expect(text).not.toContain("canary-secret-key")
          expect(text).not.toContain(bytes.toString("base64url").slice(0, 20))
        }
      }
    })
  )
})

it.scoped("S23 a sealed store in files leaves nothing on disk that gives a secret away", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const store = yield* FileTokenStore.make({ directory })
    yield* store.save(entryOf(key, secrets), 0)
    yield* store.save(entryOf(key, secrets), 1)
    yield* store.acquire(key, "a", Duration.minutes(1))
    const texts = filesIn(directory).map((file) => readFileSync(file, "utf8"))
    expect(texts).toHaveLength(3)
    expect(marksIn(texts.join("\n"))).toEqual([])
  }).pipe(Effect.provide(Layer.merge(NodeFiles, SealedByOneKey)))
)
