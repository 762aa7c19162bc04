import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import { TokenError } from "effect-oauth"
import type { Grant } from "effect-oauth"

/**
 * What goes wrong with one request:
 *
 * - `not sent`: it never leaves.
 * - `reset`: it leaves, and does not arrive; the client is told that the connection broke.
 * - `swallowed`: the same, and the client is told nothing.
 * - `lost`: the server does as it is asked, and the connection breaks before its answer.
 * - `unanswered`: the same, and the client is told nothing.
 * - `busy`, `limited`: 503 and 429; `asks to wait`: a 503 with a `Retry-After` of 20 s.
 * - `refused`: the client itself is refused.
 */
export type Trouble =
  "not sent" | "reset" | "swallowed" | "lost" | "unanswered" | "busy" | "limited" | "asks to wait" | "refused"

/** One request as it left. */
export interface Request {
  readonly number: number
  readonly process: string
  readonly at: number
  /** The refresh token, if one was presented. */
  readonly presented: string | undefined
  /** Whether the grant was told that it had been presented before without an answer. */
  readonly again: boolean
  /** Whether the client knows that it was not acted upon. */
  readonly isConclusive: boolean
  /** When the server did what was asked, if it did. */
  actedAt: number | undefined
  /** When the client was through with it, one way or another. */
  endedAt: number | undefined
}

interface Family {
  isRevoked: boolean
}

interface RefreshToken {
  readonly family: Family
  usedAt: number | undefined
}

export interface Settings {
  /** How long a refresh token that was used is taken again; `undefined`: a second use revokes all of its family. */
  readonly gracePeriod?: number | undefined
  /** Default: 60 s. */
  readonly lifetime?: number | undefined
}

export const providerName = "test/Api"

/** An authorization server with client credentials and rotating refresh tokens, as plain as can be. */
export class Server {
  readonly requests: Array<Request> = []
  /** The access tokens that were issued, and when they expire. */
  readonly issued = new Map<string, number>()
  /** What goes wrong with the next requests, one after the other. */
  troubles: Array<Trouble | undefined> = []
  /** What goes wrong with every request, unless something else does. */
  trouble: Trouble | undefined
  /** How long a request takes to arrive, and its answer to come back. */
  latency = 50
  lifetime: number
  private readonly refreshTokens = new Map<string, RefreshToken>()
  private count = 0
  private rejects = false

  constructor(private readonly settings: Settings = {}) {
    this.lifetime = settings.lifetime ?? 60_000
  }

  get gracePeriod(): number | undefined {
    return this.settings.gracePeriod
  }

  /** A user consents: the refresh token of a new family. */
  login(): string {
    return this.newRefreshToken({ isRevoked: false })
  }

  /** Whether anything of a refresh token's family is of use any more. */
  isRevoked(refreshToken: string): boolean {
    return this.refreshTokens.get(refreshToken)?.family.isRevoked ?? true
  }

  /** Whether a refresh token was presented before, so that it is not the one to go on with. */
  isUsed(refreshToken: string): boolean {
    return this.refreshTokens.get(refreshToken)?.usedAt !== undefined
  }

  /** Somebody revokes the grant, or its time is over. */
  revoke(refreshToken: string): void {
    const known = this.refreshTokens.get(refreshToken)
    if (known !== undefined) known.family.isRevoked = true
  }

  /** The next refresh token that is presented is not taken, and nothing else comes of it. */
  rejectNext(): void {
    this.rejects = true
  }

  nextTrouble(): Trouble | undefined {
    return this.troubles.length > 0 ? this.troubles.shift() : this.trouble
  }

  /** Client credentials. */
  issue(now: number): Exit.Exit<Grant.Issued, TokenError.TokenError> {
    return Exit.succeed(this.newAccessToken(now))
  }

  /** A refresh token. */
  refresh(presented: string, again: boolean, now: number): Exit.Exit<Grant.Issued, TokenError.TokenError> {
    const known = this.refreshTokens.get(presented)
    if (this.rejects) {
      this.rejects = false
      return invalidGrant(again)
    }
    if (known === undefined || known.family.isRevoked) return invalidGrant(again)
    const grace = this.settings.gracePeriod ?? 0
    if (known.usedAt !== undefined && now >= known.usedAt + grace) {
      known.family.isRevoked = true
      return invalidGrant(again)
    }
    known.usedAt ??= now
    return Exit.succeed({
      ...this.newAccessToken(now),
      refreshToken: Redacted.make(this.newRefreshToken(known.family))
    })
  }

  private newAccessToken(now: number) {
    const value = `access-${++this.count}`
    this.issued.set(value, now + this.lifetime)
    return { value: Redacted.make(value), expiresIn: Duration.millis(this.lifetime) }
  }

  private newRefreshToken(family: Family): string {
    const value = `refresh-${this.refreshTokens.size + 1}`
    this.refreshTokens.set(value, { family, usedAt: undefined })
    return value
  }
}

const invalidGrant = (again: boolean): Exit.Exit<never, TokenError.TokenError> =>
  Exit.fail(
    new TokenError.ReauthorizationRequired({
      provider: providerName,
      reason: again ? "AnswerLost" : "InvalidGrant",
      remedy: "log in again",
      code: "invalid_grant"
    })
  )

/** Whether the client is told that what it asked for was not done. */
export const isConclusive = (trouble: Trouble | undefined): boolean => {
  switch (trouble) {
    case "busy":
    case "limited":
    case "asks to wait":
    case "refused":
    case "not sent":
      return true
    default:
      return false
  }
}

/** How the client is told of a trouble. */
export const failureOf = (
  trouble: Trouble,
  now: number
): Exit.Exit<never, TokenError.TokenError> | undefined => {
  const transient = (
    reason: TokenError.TransientFailure["reason"],
    status?: number,
    wait = 0
  ): Exit.Exit<never, TokenError.TokenError> =>
    Exit.fail(
      new TokenError.TransientFailure({
        provider: providerName,
        reason,
        retryAt: DateTime.unsafeMake(now + wait),
        ...(status === undefined ? {} : { status })
      })
    )
  switch (trouble) {
    case "not sent":
      return transient("NotSent")
    case "reset":
    case "lost":
      return transient("NoAnswer")
    case "busy":
      return transient("ServerError", 503)
    case "asks to wait":
      return transient("ServerError", 503, 20_000)
    case "limited":
      return transient("RateLimited", 429)
    case "refused":
      return Exit.fail(
        new TokenError.CredentialRejected({
          provider: providerName,
          reason: "InvalidClient",
          status: 401,
          code: "invalid_client"
        })
      )
    case "swallowed":
    case "unanswered":
      return undefined
  }
}
