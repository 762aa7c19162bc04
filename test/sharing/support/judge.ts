/** What must not have happened, whatever has: by what the server has seen, and what the processes have told. */
import type { TokenRequest } from "../../support/rotatingServer.js"
import type { Told, Worker } from "./workers.js"

export interface Evidence {
  readonly requests: ReadonlyArray<TokenRequest>
  readonly workers: ReadonlyArray<Pick<Worker, "pid" | "words">>
  /** Of the access tokens, in milliseconds. */
  readonly lifetime: number
}

/** Gets that hang, tokens that had expired, and tokens that nobody has issued, or not for so long. */
export const breaches = ({ lifetime, requests, workers }: Evidence): ReadonlyArray<string> => {
  const issuedAt = new Map(
    requests.flatMap(({ issued }) => (issued === undefined ? [] : [[issued.digest, issued.at] as const]))
  )
  const judge = (word: Worker["words"][number]): ReadonlyArray<string> => {
    switch (word.told) {
      case "hang":
        return [`a get has taken ${word.millis} ms without an end`]
      case "expired":
        return [`a get gave ${word.digest}, expired ${word.at - word.expiresAt} ms before it was made`]
      case "token": {
        const at = issuedAt.get(word.digest)
        if (at === undefined) return [`a get gave ${word.digest}, which was never issued`]
        // its life is counted from before it was asked for, and never from later
        return word.expiresAt <= at + lifetime
          ? []
          : [`a get gave ${word.digest} as if it lived ${word.expiresAt - at} ms`]
      }
      default:
        return []
    }
  }
  return workers.flatMap(({ pid, words }) =>
    words.flatMap(judge).map((breach) => `process ${pid}: ${breach}`)
  )
}

/** Everything else than one request for each expiry, answered with a token, by a refresh token of its own. */
export const wastes = ({ lifetime, requests, workers }: Evidence): ReadonlyArray<string> => {
  const expiresAt = new Map(tokensOf(workers).map((token) => [token.digest, token.expiresAt]))
  const presented = new Set<string>()
  return requests.flatMap(({ at, presented: { digest } = {}, status }, place) => {
    const before = requests[place - 1]?.issued
    const expiry = before && expiresAt.get(before.digest)
    const found = [
      ...(status === 200 ? [] : [`request ${place} was answered ${status ?? "not at all"}`]),
      ...(digest !== undefined && presented.has(digest)
        ? [`request ${place} presents a refresh token that was presented before`]
        : []),
      ...(before !== undefined && expiry === undefined
        ? [`nobody has used the token before request ${place}`]
        : []),
      // a token is due when a fifth of its life is left, or later; a millisecond may be lost in rounding
      ...(expiry !== undefined && at < expiry - lifetime / 5 - 1
        ? [`request ${place} came ${expiry - at} ms before the token expired`]
        : [])
    ]
    if (digest !== undefined) presented.add(digest)
    return found
  })
}

/** The failures of gets, which not every test forbids. */
export const failures = (workers: Evidence["workers"]): ReadonlyArray<Told<"failure">> =>
  workers.flatMap(({ words }) => words.filter((word) => word.told === "failure"))

const tokensOf = (workers: Evidence["workers"]): ReadonlyArray<Told<"token">> =>
  workers.flatMap(({ words }) => words.filter((word) => word.told === "token"))
