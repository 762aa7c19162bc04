/** What went wrong, as the command tells it. */
import * as DateTime from "effect/DateTime"
import type { InvalidConfiguration, TokenError } from "../token/TokenError.js"
import { remedy } from "./remedy.js"
import { printable } from "./render/text.js"

/** A failure and what to do about it: also the shape of every `error` in the JSON that the command writes. */
export interface Problem {
  readonly tag: string
  readonly reason: string
  readonly message: string
  readonly remedy: string
  readonly status?: number
  /** The server's error code. */
  readonly code?: string
  readonly retryAt?: string
  readonly issues?: ReadonlyArray<{ readonly path: string; readonly expected: string }>
}

/** Of a typed error. */
export const fromTokenError = (error: TokenError): Problem => ({
  tag: error._tag,
  reason: error.reason,
  message: printable(error.message),
  remedy: printable(remedy(error)),
  ...("status" in error && error.status !== undefined ? { status: error.status } : {}),
  ...("code" in error && error.code !== undefined ? { code: printable(error.code) } : {}),
  ...("retryAt" in error ? { retryAt: DateTime.formatIso(error.retryAt) } : {}),
  ...("issues" in error ? { issues: issuesOf(error) } : {})
})

/** A failure on lines of its own: the error by its type, each setting to mend, and what to do. */
export const lines = (problem: Problem): ReadonlyArray<string> => [
  `${problem.tag} (${problem.reason})`,
  ...(problem.issues === undefined
    ? [problem.message]
    : problem.issues.map(({ expected, path }) => `${path}: expected ${expected}`)),
  problem.remedy
]

const issuesOf = ({ issues }: InvalidConfiguration): NonNullable<Problem["issues"]> =>
  issues.map(({ expected, path }) => ({ path: printable(path), expected: printable(expected) }))
