/**
 * A token store in files of one directory, safe between the processes of one machine.
 *
 * Each key has a directory of its own in it, named by a digest of the key, and each version of its record is a file
 * there, which appears whole or not at all. The directory has to be on a file system with hard links, and local: NFS and
 * the like promise less than is needed here.
 *
 * @since 0.1.0
 */
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { StoreFailure } from "../token/TokenError.js"
import { ConfigurationIssue, InvalidConfiguration } from "../token/TokenError.js"
import { digest, isDigest } from "./digest.js"
import { unavailableAltogether, undecryptable } from "./failure.js"
import * as Leases from "./internal/fileLeases.js"
import * as RecordText from "./internal/recordText.js"
import type { VersionedFile } from "./internal/versionedFile.js"
import * as Versioned from "./internal/versionedFile.js"
import { seal } from "./SealedTokenStore.js"
import { TokenCipher } from "./TokenCipher.js"
import type {
  LeasedService,
  LeasedTokenStore,
  Loaded,
  RecordKey,
  Service,
  Summary,
  TokenStore
} from "./TokenStore.js"
import { layerLeased } from "./TokenStore.js"

/**
 * Where the files are.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** It is made if it is not there. If it is, nobody but its owner may have access to it (mode 0700). */
  readonly directory: string
}

/**
 * A store in a directory, sealed by the cipher. Its time is the machine's, which all of its processes share.
 *
 * Fails with `InvalidConfiguration` where others than its owner have access to the directory and on Windows, which has no
 * such modes, and with `StoreFailure` where the directory can be neither read nor made.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = ({
  directory
}: Options): Effect.Effect<
  LeasedService,
  InvalidConfiguration | StoreFailure,
  FileSystem.FileSystem | Path.Path | TokenCipher
> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    yield* prepare({ fs, path }, directory)
    return seal(makeUnsealed({ fs, path }, directory), yield* TokenCipher)
  })

/**
 * {@link make} as a layer.
 *
 * @example
 * ```ts
 * import { NodeContext } from "@effect/platform-node"
 * import { FileTokenStore, TokenCipher } from "effect-oauth"
 * import * as Layer from "effect/Layer"
 *
 * const StoreLive = FileTokenStore.layer({ directory: "/var/lib/invoices/tokens" }).pipe(
 *   Layer.provide(TokenCipher.layerConfig()),
 *   Layer.provide(NodeContext.layer)
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options
): Layer.Layer<
  TokenStore | LeasedTokenStore,
  InvalidConfiguration | StoreFailure,
  FileSystem.FileSystem | Path.Path | TokenCipher
> => layerLeased(make(options))

interface Platform {
  readonly fs: FileSystem.FileSystem
  readonly path: Path.Path
}

/** Creates the directory, or checks that only its owner has access to it. */
const prepare = (
  { fs, path }: Platform,
  directory: string
): Effect.Effect<void, InvalidConfiguration | StoreFailure> =>
  Effect.gen(function* () {
    // The core has no Node built-ins that name the platform; only Windows separates paths by a backslash.
    if (path.sep === "\\") return yield* refuse(windows)
    yield* fs.makeDirectory(directory, { recursive: true, mode: Versioned.ownerOnlyDirectory })
    const { mode, type } = yield* fs.stat(directory)
    if (type === "Directory" && !Versioned.isOpenToOthers(mode)) return
    return yield* refuse("a directory that nobody but its owner has access to (mode 0700)")
  }).pipe(Effect.catchTags({ BadArgument: unavailableDirectory, SystemError: unavailableDirectory }))

const windows =
  "an operating system other than Windows, which neither restricts a file to its owner by mode 0600 nor guarantees the atomic publication that this store relies on; use a database"

const refuse = (expected: string): InvalidConfiguration =>
  new InvalidConfiguration({
    provider: "token store",
    reason: "Malformed",
    issues: [new ConfigurationIssue({ path: "directory", expected })]
  })

const unavailableDirectory = (): Effect.Effect<never, StoreFailure> => Effect.fail(unavailableAltogether())

const makeUnsealed = (platform: Platform, directory: string): LeasedService => {
  const { fs, path } = platform
  const fileAt = (name: string, kind: "record" | "lease"): VersionedFile =>
    Versioned.make(platform, path.join(directory, name), kind)
  const recordOf = ({ id }: RecordKey) => Effect.map(digest(id), (name) => fileAt(name, "record"))
  const leaseOf = ({ id }: RecordKey) => Effect.map(digest(id), (name) => fileAt(name, "lease"))

  const names = fs.readDirectory(directory).pipe(
    Effect.map((names) => names.filter(isDigest)),
    Effect.mapError(unavailableAltogether)
  )

  return {
    ...records(recordOf),
    ...Leases.make(leaseOf),
    list: Stream.fromIterableEffect(names).pipe(
      Stream.mapEffect((name) => summaryOf(name, fileAt(name, "record"))),
      Stream.filterMap((summary) => summary)
    )
  }
}

const records = (
  fileOf: (key: RecordKey) => Effect.Effect<VersionedFile>
): Pick<Service, "load" | "save" | "remove"> => ({
  load: (key) =>
    Effect.gen(function* () {
      const file = yield* fileOf(key)
      const { text, version } = yield* Effect.mapError(file.read, Leases.failureOf(key))
      if (version === 0) return nothing
      const loaded = yield* RecordText.decode(text ?? "", key)
      return loaded.version === version ? loaded : yield* undecryptable(key)
    }),
  save: (entry, expected) =>
    Effect.gen(function* () {
      const file = yield* fileOf(entry.key)
      const version = expected + 1
      const text = RecordText.encode(entry, version, yield* DateTime.now)
      const isPublished = yield* Effect.mapError(file.publish(expected, text), Leases.failureOf(entry.key))
      return isPublished ? Option.some(version) : Option.none()
    }),
  remove: (key, expected) =>
    Effect.gen(function* () {
      const file = yield* fileOf(key)
      const { text, version } = yield* file.read
      if (version !== expected || version === 0 || RecordText.isRemoval(text ?? "")) return false
      const isRemoved = yield* file.publish(expected, RecordText.encodeRemoval(key, expected + 1))
      if (isRemoved) yield* file.wipe(expected + 1)
      return isRemoved
    }).pipe(Effect.mapError(Leases.failureOf(key)), Effect.uninterruptible)
})

const nothing: Loaded = { version: 0, record: Option.none() }

/** What stands in a file, for a list. What is no record of its place is left out of it, and told in a warning. */
const summaryOf = (name: string, file: VersionedFile): Effect.Effect<Option.Option<Summary>, StoreFailure> =>
  Effect.gen(function* () {
    const read = Effect.catchIf(file.read, isForeign, () => Effect.succeed({ version: 0, text: undefined }))
    const { text = "", version } = yield* Effect.mapError(read, unavailableAltogether)
    if (version === 0 || RecordText.isRemoval(text)) return Option.none()
    const summary = RecordText.summary(text)
    if (Option.isSome(summary) && summary.value.version === version) {
      if ((yield* digest(summary.value.key.id)) === name) return summary
    }
    yield* Effect.logWarning(`the token store cannot read what stands in ${name}`)
    return Option.none()
  })

const isForeign = (error: PlatformError): boolean =>
  error._tag === "SystemError" && error.reason === "BadResource"
