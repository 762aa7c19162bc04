import { describe, expect, it } from "@effect/vitest"
import * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import { join } from "node:path"
import * as FileTokenStore from "../../src/store/FileTokenStore.js"
import * as TokenCipher from "../../src/store/TokenCipher.js"
import type { LeasedService } from "../../src/store/TokenStore.js"
import { NodeFiles, temporaryDirectory } from "./support/files.js"
import { entryOf, recordKey } from "./support/keys.js"

const key = recordKey("acme")

const Files = Layer.merge(NodeFiles, TokenCipher.layerPlainText)

const makeStore = Effect.gen(function* () {
  const directory = yield* temporaryDirectory
  return { directory, store: yield* FileTokenStore.make({ directory }) }
})

/** Every file under a directory, by its path in it. */
const filesIn = (directory: string): ReadonlyArray<string> =>
  fs
    .readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((path) => fs.statSync(join(directory, path)).isFile())
    .sort()

const modeOf = (path: string): string => (fs.statSync(path).mode & 0o777).toString(8)

const contentOf = (store: LeasedService, of = key) =>
  Effect.map(store.load(of), ({ record }) => Option.map(record, ({ content }) => Redacted.value(content)))

/** Files of a directory as they would be if they had been written ten minutes ago. */
const letAge = (directory: string, which = /\.json$/): void => {
  const then = Date.now() / 1000 - 600
  for (const path of filesIn(directory)) {
    if (which.test(path)) fs.utimesSync(join(directory, path), then, then)
  }
}

describe("S25 files", () => {
  it.scopedLive("are for their owner alone, and so are directories", () =>
    Effect.gen(function* () {
      const above = yield* temporaryDirectory
      const directory = join(above, "some", "tokens")
      const store = yield* FileTokenStore.make({ directory })
      yield* store.save(entryOf(key, "x"), 0)
      yield* store.acquire(key, "a", Duration.minutes(1))
      yield* store.remove(key, 1)
      const files = filesIn(directory)
      expect(files).toHaveLength(3)
      for (const path of files) expect([path, modeOf(join(directory, path))]).toEqual([path, "600"])
      const inner = fs.readdirSync(directory).map((name) => join(directory, name))
      for (const path of [join(above, "some"), directory, ...inner]) expect(modeOf(path)).toBe("700")
    }).pipe(Effect.provide(Files))
  )

  it.scoped("are not kept where others have access", () =>
    Effect.gen(function* () {
      for (const mode of [0o750, 0o705, 0o770, 0o701]) {
        const directory = yield* temporaryDirectory
        fs.chmodSync(directory, mode)
        expect(yield* Effect.flip(FileTokenStore.make({ directory }))).toMatchObject({
          _tag: "InvalidConfiguration",
          issues: [{ path: "directory" }]
        })
      }
    }).pipe(Effect.provide(Files))
  )

  it.scoped("are not kept where there can be no directory", () =>
    Effect.gen(function* () {
      const directory = join(yield* temporaryDirectory, "file")
      fs.writeFileSync(directory, "")
      expect(yield* Effect.flip(FileTokenStore.make({ directory }))).toMatchObject({ _tag: "StoreFailure" })
    }).pipe(Effect.provide(Files))
  )

  it.scoped("are named by nothing that a key says", () =>
    Effect.gen(function* () {
      const { directory, store } = yield* makeStore
      for (const id of ["../../evil", "/etc/passwd", "a", "A", "CON", ".", "x".repeat(5000)]) {
        expect(yield* store.save(entryOf(recordKey(id), id), 0)).toEqual(Option.some(1))
      }
      const names = fs.readdirSync(directory)
      expect(names).toHaveLength(7)
      for (const name of names) expect(name).toMatch(/^[0-9a-f]{64}$/)
    }).pipe(Effect.provide(Files))
  )

  it.scoped("S25 keep the names by which other versions of the library find them", () =>
    Effect.gen(function* () {
      const { directory, store } = yield* makeStore
      yield* store.save(entryOf(key, "x"), 0)
      yield* store.save(entryOf(key, "x"), 1)
      yield* store.acquire(key, "a", Duration.minutes(1))
      const name = createHash("sha256").update(key.id).digest("hex")
      expect(filesIn(directory)).toEqual(
        ["lease-1.json", "record-1.json", "record-2.json"].map((file) => join(name, file))
      )
    }).pipe(Effect.provide(Files))
  )

  it.scoped("of two keys that differ in one character are different ones", () =>
    Effect.gen(function* () {
      const { directory, store } = yield* makeStore
      const ids = ["acme", "acm", "acmes", "acmE", "bcme", "acme ", " acme", "acme\u0000", ""]
      for (const id of ids) {
        expect(yield* store.save(entryOf(recordKey(id), `of ${id}`), 0)).toEqual(Option.some(1))
      }
      expect(fs.readdirSync(directory)).toHaveLength(ids.length)
      for (const id of ids) {
        expect(yield* contentOf(store, recordKey(id))).toEqual(Option.some(`of ${id}`))
      }
    }).pipe(Effect.provide(Files))
  )

  it.scoped(
    "are written whole and brought to the disk before they are published, and the name after it",
    () =>
      Effect.gen(function* () {
        const steps: Array<string> = []
        const real = yield* FileSystem.FileSystem
        const watched: FileSystem.FileSystem = {
          ...real,
          open: (path, options) =>
            Effect.map(real.open(path, options), (file) => {
              const what = path.endsWith(".tmp") ? "file" : "directory"
              steps.push(`open ${what} ${options?.flag ?? ""} ${options?.mode?.toString(8) ?? ""}`.trim())
              const sync = Effect.zipLeft(
                file.sync,
                Effect.sync(() => steps.push(`sync ${what}`))
              )
              return new Proxy(file, {
                get: (target, name) => {
                  if (name === "sync") return sync
                  const member: unknown = Reflect.get(target, name, target)
                  return typeof member === "function" ? (member.bind(target) as unknown) : member
                }
              })
            }),
          link: (from, to) => {
            steps.push("link")
            return real.link(from, to)
          }
        }
        yield* Effect.flatMap(makeStore, ({ store }) => store.save(entryOf(key, "x"), 0)).pipe(
          Effect.provideService(FileSystem.FileSystem, watched)
        )
        expect(steps).toEqual([
          "open file wx 600",
          "sync file",
          "link",
          "open directory r",
          "sync directory",
          "open directory r",
          "sync directory"
        ])
      }).pipe(Effect.provide(Files))
  )

  it.scopedLive("that were begun and not published count for nothing, and are removed in the end", () =>
    Effect.gen(function* () {
      const { directory, store } = yield* makeStore
      yield* store.save(entryOf(key, "first"), 0)
      const [name = ""] = fs.readdirSync(directory)
      fs.writeFileSync(join(directory, name, "new-0123.tmp"), '{"mark":"a","af')
      expect(yield* contentOf(store)).toEqual(Option.some("first"))
      expect(yield* store.save(entryOf(key, "second"), 1)).toEqual(Option.some(2))
      expect([...(yield* Stream.runCollect(store.list))]).toHaveLength(1)
      letAge(directory, /./)
      yield* store.save(entryOf(key, "third"), 2)
      expect(filesIn(directory)).toEqual([`${name}/record-2.json`, `${name}/record-3.json`])
    }).pipe(Effect.provide(Files))
  )

  it.scopedLive("of earlier versions go, but for what somebody may be reading", () =>
    Effect.gen(function* () {
      const { directory, store } = yield* makeStore
      const numbers = () => filesIn(directory).map((path) => /-(\d+)/.exec(path)?.[1])
      for (let version = 0; version < 4; version++) {
        yield* store.save(entryOf(key, "x"), version)
      }
      expect(numbers()).toEqual(["1", "2", "3", "4"])
      letAge(directory)
      yield* store.save(entryOf(key, "x"), 4)
      expect(numbers()).toEqual(["4", "5"])
    }).pipe(Effect.provide(Files))
  )

  it.scoped("hold nothing of a record that was removed", () =>
    Effect.gen(function* () {
      const { directory, store } = yield* makeStore
      yield* store.save(entryOf(key, "marked-content"), 0)
      yield* store.save(entryOf(key, "marked-content"), 1)
      const texts = () => filesIn(directory).map((path) => fs.readFileSync(join(directory, path), "utf8"))
      expect(texts().join()).toContain("marked-content")
      expect(yield* store.remove(key, 2)).toBe(true)
      expect(texts().join()).not.toContain("marked-content")
      expect((yield* store.load(key)).version).toBe(3)
    }).pipe(Effect.provide(Files))
  )
})

/** The warnings that an effect logs. */
const warningsOf = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<ReadonlyArray<unknown>, E, R> => {
  const warnings: Array<unknown> = []
  const logger = Logger.make(({ message }) => void warnings.push(message))
  return Effect.as(Effect.provide(effect, Logger.replace(Logger.defaultLogger, logger)), warnings)
}

/** A file system that refuses to read some files. */
const refusing = (refused: RegExp, reason: PlatformError.SystemErrorReason) =>
  Effect.map(FileSystem.FileSystem, (real): FileSystem.FileSystem => ({
    ...real,
    readFileString: (path, encoding) =>
      refused.test(path)
        ? Effect.fail(
            new PlatformError.SystemError({ module: "FileSystem", method: "readFileString", reason })
          )
        : real.readFileString(path, encoding)
  }))

describe("a list of a directory", () => {
  it.scoped("logs nothing about records that are there or were removed", () =>
    Effect.gen(function* () {
      const { store } = yield* makeStore
      const bravo = recordKey("bravo")
      yield* store.save(entryOf(key, "x"), 0)
      yield* store.save(entryOf(bravo, "x"), 0)
      yield* store.remove(bravo, 1)
      yield* store.acquire(recordKey("charlie"), "a", Duration.minutes(1))
      expect(yield* warningsOf(Stream.runDrain(store.list))).toEqual([])
    }).pipe(Effect.provide(Files))
  )

  it.scoped("logs the name of a record that it cannot read, and nothing that stands in it", () =>
    Effect.gen(function* () {
      const { directory, store } = yield* makeStore
      yield* store.save(entryOf(key, "marked-content"), 0)
      const [name = ""] = fs.readdirSync(directory)
      const [file = ""] = filesIn(directory)
      fs.truncateSync(join(directory, file), fs.statSync(join(directory, file)).size - 1)
      expect(yield* warningsOf(Stream.runDrain(store.list))).toEqual([
        [`the token store cannot read what stands in ${name}`]
      ])
    }).pipe(Effect.provide(Files))
  )

  it.scoped.each(["PermissionDenied", "Busy", "Unknown"] as const)(
    "fails where the file system refuses a record with %s, instead of leaving it out",
    (reason) =>
      Effect.gen(function* () {
        const { directory, store } = yield* makeStore
        yield* store.save(entryOf(key, "x"), 0)
        const refused = yield* Effect.provideServiceEffect(
          FileTokenStore.make({ directory }),
          FileSystem.FileSystem,
          refusing(/record-1\.json$/, reason)
        )
        expect(yield* Effect.flip(Stream.runCollect(refused.list))).toMatchObject({
          _tag: "StoreFailure",
          reason: "Unavailable"
        })
      }).pipe(Effect.provide(Files))
  )
})

describe("S25 a file that is none of the store's", () => {
  it.scoped("is removed by a removal of its version, as a record is", () =>
    Effect.gen(function* () {
      const { directory, store } = yield* makeStore
      yield* store.save(entryOf(key, "x"), 0)
      const [file = ""] = filesIn(directory)
      fs.writeFileSync(join(directory, file), "no record")
      expect(yield* store.remove(key, 1)).toBe(true)
      expect(yield* store.load(key)).toEqual({ version: 2, record: Option.none() })
    }).pipe(Effect.provide(Files))
  )

  const garbage: Readonly<Record<string, (file: string, directory: string) => void>> = {
    "is empty": (file) => fs.writeFileSync(file, ""),
    "is torn": (file) => fs.truncateSync(file, fs.statSync(file).size >> 1),
    "is no JSON": (file) => fs.writeFileSync(file, Buffer.from([0xff, 0xfe, 0, 1])),
    "is other JSON": (file) => fs.writeFileSync(file, '{"a":1}'),
    "is null": (file) => fs.writeFileSync(file, "null"),
    "is a directory": (file) => {
      fs.rmSync(file)
      fs.mkdirSync(file)
    },
    "belongs to another key": (file, directory) => {
      const other = filesIn(directory).find((path) => join(directory, path) !== file)
      fs.copyFileSync(join(directory, other ?? ""), file)
    },
    "is an older version": (file) => fs.renameSync(file, file.replace("record-1", "record-4"))
  }

  for (const [name, spoil] of Object.entries(garbage)) {
    it.scoped(`because it ${name} fails the load of its key, and no list`, () =>
      Effect.gen(function* () {
        const { directory, store } = yield* makeStore
        yield* store.save(entryOf(key, "marked-content"), 0)
        const [file = ""] = filesIn(directory)
        yield* store.save(entryOf(recordKey("bravo"), "of bravo"), 0)
        spoil(join(directory, file), directory)
        const failure = yield* Effect.flip(store.load(key))
        expect(failure).toMatchObject({ _tag: "StoreFailure", reason: "Undecryptable", key: "acme" })
        expect(JSON.stringify(failure)).not.toContain("marked-content")
        const listed = [...(yield* Stream.runCollect(store.list))].map(({ key }) => key.id)
        expect(listed).toEqual(["bravo"])
        expect(yield* contentOf(store, recordKey("bravo"))).toEqual(Option.some("of bravo"))
      }).pipe(Effect.provide(Files))
    )
  }

  it.scoped("is passed over by a list, wherever it lies", () =>
    Effect.gen(function* () {
      const { directory, store } = yield* makeStore
      yield* store.save(entryOf(key, "x"), 0)
      const [name = ""] = fs.readdirSync(directory)
      fs.writeFileSync(join(directory, "README"), "")
      fs.writeFileSync(join(directory, "f".repeat(64)), "")
      fs.mkdirSync(join(directory, "e".repeat(64)))
      fs.cpSync(join(directory, name), join(directory, "d".repeat(64)), { recursive: true })
      for (const file of ["record-0.json", "record-01.json", "record-x.json", "record-9.json.bak"]) {
        fs.writeFileSync(join(directory, name, file), "")
      }
      expect([...(yield* Stream.runCollect(store.list))].map(({ key }) => key.id)).toEqual(["acme"])
      expect(yield* contentOf(store)).toEqual(Option.some("x"))
    }).pipe(Effect.provide(Files))
  )

  it.scoped("fails a turn at its key, where a lease should be", () =>
    Effect.gen(function* () {
      const { directory, store } = yield* makeStore
      yield* store.acquire(key, "a", Duration.minutes(1))
      const [file = ""] = filesIn(directory)
      fs.writeFileSync(join(directory, file), "{")
      for (const failing of [store.acquire(key, "b", Duration.minutes(1)), store.remaining(key)]) {
        expect(yield* Effect.flip<unknown, unknown, never>(failing)).toMatchObject({ key: "acme" })
      }
    }).pipe(Effect.provide(Files))
  )
})

describe("S26 a process that was stopped in the middle of a save", () => {
  /** Two stores in one directory; whatever is to happen before and after the link of the slow one. */
  const slowAndSwift = (interlude: {
    readonly before?: (swift: LeasedService, directory: string) => Effect.Effect<unknown, unknown>
    readonly after?: (swift: LeasedService, directory: string) => Effect.Effect<unknown, unknown>
  }) =>
    Effect.gen(function* () {
      const { directory, store: swift } = yield* makeStore
      const real = yield* FileSystem.FileSystem
      let isArmed = false
      const during = (what: typeof interlude.before) =>
        isArmed && what !== undefined ? Effect.orDie(what(swift, directory)) : Effect.void
      const slow = yield* FileTokenStore.make({ directory }).pipe(
        Effect.provideService(FileSystem.FileSystem, {
          ...real,
          link: (from, to) =>
            Effect.suspend(() => during(interlude.before)).pipe(
              Effect.zipRight(real.link(from, to)),
              Effect.zipLeft(Effect.suspend(() => during(interlude.after)))
            )
        })
      )
      const arm = Effect.sync(() => {
        isArmed = true
      })
      return { arm, slow, swift }
    })

  const saves = (store: LeasedService, from: number, to: number) =>
    Effect.gen(function* () {
      for (let version = from; version < to; version++) {
        expect(yield* store.save(entryOf(key, `swift ${version + 1}`), version)).toEqual(
          Option.some(version + 1)
        )
      }
    })

  it.scopedLive("does not save after a version that others have succeeded and removed meanwhile", () =>
    Effect.gen(function* () {
      const { arm, slow, swift } = yield* slowAndSwift({
        before: (swift, directory) =>
          Effect.gen(function* () {
            yield* saves(swift, 1, 4)
            letAge(directory)
            yield* saves(swift, 4, 5)
          })
      })
      yield* saves(slow, 0, 1)
      yield* arm
      const outcome = yield* Effect.flip(slow.save(entryOf(key, "slow"), 1))
      expect(outcome).toMatchObject({ _tag: "StoreFailure", reason: "Conflict", key: "acme" })
      expect(yield* contentOf(swift)).toEqual(Option.some("swift 5"))
      expect((yield* swift.load(key)).version).toBe(5)
    }).pipe(Effect.provide(Files))
  )

  it.scoped("does not save after a version that others removed after it was listed", () =>
    Effect.gen(function* () {
      const { directory, store } = yield* makeStore
      yield* saves(store, 0, 1)
      const stale = yield* Effect.provideServiceEffect(
        FileTokenStore.make({ directory }),
        FileSystem.FileSystem,
        refusing(/record-1\.json$/, "NotFound")
      )
      expect(yield* stale.save(entryOf(key, "stale"), 1)).toEqual(Option.none())
      expect(yield* store.load(key)).toMatchObject({ version: 1 })
    }).pipe(Effect.provide(Files))
  )

  it.scopedLive("fails where what it had written was taken for left behind", () =>
    Effect.gen(function* () {
      const { arm, slow, swift } = yield* slowAndSwift({
        before: (swift, directory) =>
          Effect.gen(function* () {
            letAge(directory, /./)
            yield* saves(swift, 1, 2)
          })
      })
      yield* saves(slow, 0, 1)
      yield* arm
      const outcome = yield* Effect.flip(slow.save(entryOf(key, "slow"), 1))
      expect(outcome).toMatchObject({ _tag: "StoreFailure", reason: "Unavailable", key: "acme" })
      expect(yield* contentOf(swift)).toEqual(Option.some("swift 2"))
    }).pipe(Effect.provide(Files))
  )

  it.scopedLive("has saved nothing where the next version came after another", () =>
    Effect.gen(function* () {
      const { arm, slow, swift } = yield* slowAndSwift({
        before: (swift, directory) =>
          Effect.gen(function* () {
            yield* saves(swift, 1, 3)
            // its name alone is free again
            for (const path of filesIn(directory)) {
              if (path.endsWith("record-2.json")) fs.rmSync(join(directory, path))
            }
          })
      })
      yield* saves(slow, 0, 1)
      yield* arm
      expect(yield* slow.save(entryOf(key, "slow"), 1)).toEqual(Option.none())
      expect(yield* contentOf(swift)).toEqual(Option.some("swift 3"))
    }).pipe(Effect.provide(Files))
  )

  it.scopedLive("has saved where others came right after it", () =>
    Effect.gen(function* () {
      const { arm, slow, swift } = yield* slowAndSwift({ after: (swift) => saves(swift, 2, 6) })
      yield* saves(slow, 0, 1)
      yield* arm
      expect(yield* slow.save(entryOf(key, "slow"), 1)).toEqual(Option.some(2))
      expect(yield* contentOf(swift)).toEqual(Option.some("swift 6"))
    }).pipe(Effect.provide(Files))
  )

  it.scopedLive("says so where it cannot be told any more", () =>
    Effect.gen(function* () {
      const { arm, slow } = yield* slowAndSwift({
        after: (swift, directory) =>
          Effect.gen(function* () {
            yield* saves(swift, 2, 5)
            letAge(directory)
            yield* saves(swift, 5, 6)
          })
      })
      yield* saves(slow, 0, 1)
      yield* arm
      expect(yield* Effect.flip(slow.save(entryOf(key, "slow"), 1))).toMatchObject({
        reason: "Conflict",
        key: "acme"
      })
    }).pipe(Effect.provide(Files))
  )

  it.scoped("holds no turn that has ended before it was told of it", () =>
    Effect.gen(function* () {
      const { arm, slow, swift } = yield* slowAndSwift({ after: () => TestClock.adjust("2 minutes") })
      yield* arm
      expect(yield* slow.acquire(key, "slow", Duration.minutes(1))).toEqual(Option.none())
      expect(Option.isSome(yield* swift.acquire(key, "swift", Duration.minutes(1)))).toBe(true)
    }).pipe(Effect.provide(Files))
  )

  it.scopedLive("holds no turn that others have had meanwhile", () =>
    Effect.gen(function* () {
      const minute = Duration.minutes(1)
      const { arm, slow, swift } = yield* slowAndSwift({
        before: (swift, directory) =>
          Effect.gen(function* () {
            for (let turn = 0; turn < 3; turn++) {
              const lease = yield* Effect.flatten(swift.acquire(key, "swift", minute))
              if (turn < 2) yield* swift.release(lease)
              letAge(directory)
            }
          })
      })
      yield* arm
      const acquired = yield* Effect.option(slow.acquire(key, "slow", minute))
      expect(Option.flatten(acquired)).toEqual(Option.none())
      expect(yield* swift.acquire(key, "another", minute)).toEqual(Option.none())
    }).pipe(Effect.provide(Files))
  )
})
