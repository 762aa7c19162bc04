/**
 * Reads a file of settings.
 */
import type * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import { ConfigurationIssue, InvalidConfiguration } from "../../token/TokenError.js"

export const readText = (path: string): Effect.Effect<string, InvalidConfiguration, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const refuse = (expected: string, reason: InvalidConfiguration["reason"] = "Malformed") =>
      new InvalidConfiguration({
        provider: path,
        reason,
        issues: [new ConfigurationIssue({ path, expected })]
      })
    const refused = (error: PlatformError.PlatformError) =>
      refuse(expectedAt(error), isAbsent(error) ? "Missing" : undefined)
    const { size, type } = yield* Effect.mapError(files.stat(path), refused)
    if (type === "Directory") return yield* refuse("a file; it is a directory")
    if (size > most) return yield* refuse("a file of one megabyte at most")
    return yield* Effect.mapError(files.readFileString(path), refused)
  })

const most = 1_048_576

const isAbsent = (error: PlatformError.PlatformError): boolean =>
  error._tag === "SystemError" && error.reason === "NotFound"

const expectedAt = (error: PlatformError.PlatformError): string => {
  if (isAbsent(error)) return "a file; there is none"
  return error._tag === "SystemError" && error.reason === "PermissionDenied"
    ? "a file that may be read; permission was denied"
    : "a file that can be read"
}

/** Whether there is no such file, or whether reading it would tell more. */
export const exists = (path: string): Effect.Effect<boolean, never, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (files) =>
    Effect.match(files.stat(path), { onFailure: (error) => !isAbsent(error), onSuccess: () => true })
  )
