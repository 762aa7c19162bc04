/** What the scripted authorization server of a schedule may answer, and how that reads in a counter-example. */

/** Instants and durations are milliseconds throughout the model. */
export interface TokenResult {
  readonly _tag: "Token"
  readonly expiresIn: number | undefined
  readonly refreshIn: number | undefined
  /** Whether the answer carries a new refresh token. */
  readonly rotates: boolean
  /** Whether the server hands out the value that it issued last, as servers with a cache of their own do. */
  readonly sameValue: boolean
}

export interface TransientResult {
  readonly _tag: "TransientFailure"
  readonly reason: "NotSent" | "NoAnswer" | "Timeout" | "RateLimited" | "ServerError"
  readonly status: number | undefined
  /** `Retry-After`, counted from the answer; it may lie in the past. */
  readonly wish: number | undefined
}

export type FatalTag =
  | "InvalidTokenResponse"
  | "StoreFailure"
  | "CredentialRejected"
  | "InvalidConfiguration"
  | "LoginFailed"
  | "ReauthorizationRequired"
  | "Defect"

export interface FatalResult {
  readonly _tag: FatalTag
}

export type Result = TokenResult | TransientResult | FatalResult

export interface Answer {
  readonly result: Result
  /** `"at once"`: without leaving the fiber; 0: at the same instant, after everything else; infinite: never. */
  readonly delay: number | "at once"
}

/** The answers to the requests to come; the last one is repeated. */
export type Script = readonly [Answer, ...ReadonlyArray<Answer>]

export const time = (ms: number): string =>
  ms === Infinity ? "for ever" : ms !== 0 && ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`

const call = (name: string, ...args: ReadonlyArray<string | false>): string => {
  const given = args.filter((arg) => arg !== false)
  return given.length === 0 ? name : `${name}(${given.join(", ")})`
}

const showResult = (result: Result): string => {
  switch (result._tag) {
    case "Token":
      return call(
        "token",
        result.expiresIn !== undefined && `expires_in ${time(result.expiresIn)}`,
        result.refreshIn !== undefined && `refresh_in ${time(result.refreshIn)}`,
        result.rotates && "rotated",
        result.sameValue && "same value"
      )
    case "TransientFailure":
      return call(
        result.status === undefined ? result.reason : String(result.status),
        result.wish !== undefined && `Retry-After ${time(result.wish)}`
      )
    default:
      return result._tag
  }
}

export const showAnswer = ({ delay, result }: Answer): string =>
  delay === Infinity
    ? "no answer ever"
    : `${showResult(result)} ${delay === "at once" ? delay : `after ${time(delay)}`}`

export const showScript = (script: Script): string => script.map(showAnswer).join(", then ")
