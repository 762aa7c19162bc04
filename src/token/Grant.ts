/**
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type { AccessToken, Presentation } from "./AccessToken.js"
import { bearer } from "./AccessToken.js"
import type { TokenError } from "./TokenError.js"

/**
 * What an authorization server granted, before anybody's clock is laid on it (RFC 6749 §5.1).
 *
 * Only `value` is required: `expiresIn` left out means the provider's default lifetime, and a scope left out means the
 * scope that was asked for. `refreshIn` is the server's own wish for when to refresh. A `refreshToken` left out means
 * that the one before stays in force.
 *
 * @since 0.1.0
 * @category models
 */
export interface Issued {
  readonly value: Redacted.Redacted
  readonly presentation?: Presentation | undefined
  readonly expiresIn?: Duration.Duration | undefined
  readonly refreshIn?: Duration.Duration | undefined
  readonly scopes?: ReadonlyArray<string> | undefined
  readonly refreshToken?: Redacted.Redacted | undefined
  readonly parameters?: Readonly<Record<string, string>> | undefined
}

/**
 * What is held from earlier: the last access token, the refresh token in force, and, if the request that presented
 * them left and no answer came back, the instant at which it did. A grant that must not present the same thing twice
 * reads `presentedAt` before it does.
 *
 * @since 0.1.0
 * @category models
 */
export interface Held {
  readonly accessToken: Option.Option<AccessToken>
  readonly refreshToken: Option.Option<Redacted.Redacted>
  readonly presentedAt: Option.Option<DateTime.Utc>
}

/**
 * Whether a request may be sent again after its bytes have left: `"safe"` for client credentials, `"once"` for what a
 * server takes a single time, such as a refresh token that rotates.
 *
 * @since 0.1.0
 * @category models
 */
export type Replay = "safe" | "once"

/**
 * A way to obtain an access token, once: it sends one request and neither caches nor retries.
 *
 * `name` is the `grant_type`, and stands in spans. `request` is given what is held from before.
 *
 * - `identity`: everything that shapes the request, but for the secret. Of what a token store keeps, only what was obtained
 *   with the same identity is taken for this grant's. Left out, the provider's name and the tenant's key tell it alone.
 * - `seed`: the refresh token to begin with. A seed that the store has not seen yet begins a new grant; one that it has seen
 *   has been rotated since, and counts no more.
 * - `gracePeriod`: how long a server takes a single-use refresh token again after its first use. None: the second use ends
 *   the grant.
 *
 * @since 0.1.0
 * @category models
 */
export interface Grant {
  readonly name: string
  readonly replay: Replay
  readonly request: (previous: Option.Option<Held>) => Effect.Effect<Issued, TokenError>
  readonly identity?: string | undefined
  readonly seed?: Redacted.Redacted | undefined
  readonly gracePeriod?: Duration.Duration | undefined
}

/**
 * A grant of one's own. It is `"safe"` to send again unless it says otherwise.
 *
 * @example
 * ```ts
 * import { Grant } from "effect-oauth"
 * import * as Duration from "effect/Duration"
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 *
 * declare const readFromVault: Effect.Effect<string>
 *
 * const vault = Grant.make({
 *   name: "vault",
 *   request: () =>
 *     Effect.map(readFromVault, (value) => ({ value: Redacted.make(value), expiresIn: Duration.minutes(15) }))
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  readonly name: string
  readonly replay?: Replay | undefined
  readonly request: Grant["request"]
  readonly identity?: string | undefined
  readonly seed?: Redacted.Redacted | undefined
  readonly gracePeriod?: Duration.Duration | undefined
}): Grant => ({ ...options, replay: options.replay ?? "safe" })

/**
 * How the issued value is presented: as its server said, else as a bearer token.
 *
 * @since 0.1.0
 * @category accessors
 */
export const presentation = (issued: Issued): Presentation => issued.presentation ?? bearer
