/**
 * A text that many processes of one machine change by compare-and-set, as files of one directory: `name-1.json`,
 * `name-2.json` and so on, of which the highest counts.
 *
 * A version is written whole under a name of its own and then published by `link`, which fails if its name is taken. That
 * alone does not do: a process that was stopped right before its `link` may find the name free again because the version
 * was published, succeeded and removed in the meantime. So whoever has published looks again. Where a higher version
 * stands, the next one tells which it came after, by a mark that is different each time.
 *
 * A version is removed only when its successor is a minute old, so that whoever has just listed the directory still finds
 * what it has seen there.
 */
import type { PlatformError, SystemErrorReason } from "@effect/platform/Error"
import type { FileSystem } from "@effect/platform/FileSystem"
import type { Path } from "@effect/platform/Path"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** What stands there: version 0 and no text if nothing does. The text is undefined where the file is not one of these. */
export interface Version {
  readonly version: number
  readonly text: string | undefined
}

/** Nobody can tell any more whether what was published came to count. */
export class Undecided extends Data.TaggedError("Undecided") {}

export interface VersionedFile {
  readonly read: Effect.Effect<Version, PlatformError>
  /** Whether the text is the next version now. It is not if the highest version is another than the expected one. */
  readonly publish: (expected: number, text: string) => Effect.Effect<boolean, PlatformError | Undecided>
  /** Leaves nothing of the texts of earlier versions. */
  readonly wipe: (before: number) => Effect.Effect<void, PlatformError>
}

export const ownerOnlyDirectory = 0o700
const ownerOnlyFile = 0o600
const othersAccess = 0o077

/** Whether others than its owner have access to what has this mode. */
export const isOpenToOthers = (mode: number): boolean => (mode & othersAccess) !== 0

const keepFor = 60_000

export const make = (
  { fs, path }: { readonly fs: FileSystem; readonly path: Path },
  directory: string,
  name: string
): VersionedFile => {
  const pattern = new RegExp(`^${name}-([1-9]\\d{0,14})\\.json$`)
  const fileOf = (version: number): string => path.join(directory, `${name}-${version}.json`)

  /** The versions that are there, in ascending order. */
  const versions = fs.readDirectory(directory).pipe(
    Effect.map((names) =>
      names
        .flatMap((name) => pattern.exec(name)?.[1] ?? [])
        .map(Number)
        .sort((a, b) => a - b)
    ),
    orElse("NotFound", noVersions)
  )

  const highest = Effect.map(versions, (versions) => versions.at(-1) ?? 0)

  /** A version's content; nothing if it was removed. */
  const contentOf = (version: number): Effect.Effect<Option.Option<Content>, PlatformError> =>
    fs.readFileString(fileOf(version)).pipe(
      Effect.map((text) => Option.some(Option.getOrElse(decodeContent(text), () => foreign))),
      orElse("BadResource", Option.some(foreign)),
      orElse("NotFound", Option.none<Content>())
    )

  const read: VersionedFile["read"] = Effect.gen(function* () {
    let version = yield* highest
    while (version > 0) {
      const content = yield* contentOf(version)
      if (Option.exists(content, ({ text }) => text !== "")) {
        return { version, text: Option.getOrUndefined(content)?.text }
      }
      // it was removed or wiped since it was listed, so that there is a higher one; else it never was one of these
      const now = yield* highest
      if (now === version) return { version, text: undefined }
      version = now
    }
    return { version, text: undefined }
  })

  /** A file that is whole and on the disk, under a name of its own, for as long as it is used. */
  const written = (content: Content) =>
    Effect.acquireRelease(
      Effect.sync(() => path.join(directory, `new-${freshMark()}.tmp`)),
      (temporary) => Effect.ignore(fs.remove(temporary, { force: true }))
    ).pipe(
      Effect.tap((temporary) =>
        Effect.scoped(
          Effect.flatMap(fs.open(temporary, { flag: "wx", mode: ownerOnlyFile }), (file) =>
            Effect.zipRight(file.writeAll(new TextEncoder().encode(encodeContent(content))), file.sync)
          )
        )
      )
    )

  /** Whether the version that bears the mark came to count, now that it was published. */
  const counts = (version: number, mark: string): Effect.Effect<boolean, PlatformError | Undecided> =>
    Effect.gen(function* () {
      if ((yield* highest) === version) return true
      const next = yield* contentOf(version + 1)
      if (Option.isNone(next)) return yield* new Undecided()
      return next.value.after === mark
    })

  const publish: VersionedFile["publish"] = (expected, text) =>
    Effect.scoped(
      Effect.gen(function* () {
        yield* fs.makeDirectory(directory, { recursive: true, mode: ownerOnlyDirectory })
        if ((yield* highest) !== expected) return false
        const before = expected === 0 ? Option.some(foreign) : yield* contentOf(expected)
        if (Option.isNone(before)) return false
        const version = expected + 1
        const content = { mark: freshMark(), after: before.value.mark, text }
        const isLinked = yield* fs
          .link(yield* written(content), fileOf(version))
          .pipe(Effect.as(true), orElse("AlreadyExists", false))
        if (!isLinked) return false
        if (!(yield* counts(version, content.mark))) {
          yield* Effect.ignore(fs.remove(fileOf(version), { force: true }))
          return false
        }
        yield* syncDirectory(directory)
        if (version === 1) yield* syncDirectory(path.dirname(directory))
        yield* Effect.ignore(tidy)
        return true
      })
    ).pipe(Effect.uninterruptible)

  /** Makes the new name outlast a loss of power, where the system lets a directory be opened for that. */
  const syncDirectory = (directory: string): Effect.Effect<void> =>
    Effect.ignore(Effect.scoped(Effect.flatMap(fs.open(directory, { flag: "r" }), (opened) => opened.sync)))

  const isOld = (file: string): Effect.Effect<boolean, PlatformError> =>
    Effect.zipWith(fs.stat(file), Clock.currentTimeMillis, ({ mtime }, now) =>
      Option.exists(mtime, (at) => now - at.getTime() > keepFor)
    )

  /** Removes what nobody needs any more: versions long succeeded, and what a process that died has begun. */
  const tidy = Effect.gen(function* () {
    const there = yield* versions
    for (const [place, successor] of there.slice(1).entries()) {
      const version = there[place]
      if (version === undefined || !(yield* isOld(fileOf(successor)))) break
      yield* fs.remove(fileOf(version), { force: true })
    }
    for (const name of yield* fs.readDirectory(directory)) {
      const file = path.join(directory, name)
      if (name.endsWith(".tmp") && (yield* isOld(file))) yield* fs.remove(file, { force: true })
    }
  })

  const wipe: VersionedFile["wipe"] = (before) =>
    Effect.gen(function* () {
      for (const version of (yield* versions).filter((version) => version < before)) {
        const content = yield* contentOf(version)
        if (Option.isNone(content)) continue
        const wiped = written({ ...content.value, text: "" })
        yield* Effect.scoped(Effect.flatMap(wiped, (file) => fs.rename(file, fileOf(version))))
      }
    })

  return { read, publish, wipe }
}

/** A file's content: its own mark, the mark of the version that it came after, and the text. */
const Content = Schema.Struct({ mark: Schema.String, after: Schema.String, text: Schema.String })

type Content = typeof Content.Type

const encodeContent = Schema.encodeSync(Schema.parseJson(Content))
const decodeContent = Schema.decodeOption(Schema.parseJson(Content))

/** Of a file that is not one of these: no text at all. */
const foreign: Content = { mark: "", after: "", text: "" }

const noVersions: ReadonlyArray<number> = []

const freshMark = (): string => Encoding.encodeHex(globalThis.crypto.getRandomValues(new Uint8Array(12)))

/** A value in place of a failure for one reason of the system. */
const orElse =
  <B>(reason: SystemErrorReason, instead: B) =>
  <A, R>(self: Effect.Effect<A, PlatformError, R>): Effect.Effect<A | B, PlatformError, R> =>
    Effect.catchIf(
      self,
      (error) => error._tag === "SystemError" && error.reason === reason,
      () => Effect.succeed(instead)
    )
