/**
 * When to refresh, when to ask again, and when not to ask: arithmetic on instants, nothing else. Instants are
 * milliseconds since the epoch.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { ConfigurationIssue } from "../token/TokenError.js"

/**
 * Every number that a provider's token cache goes by. All of them have defaults.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** How long before expiry a refresh is due, at most. Default: 300 s. */
  readonly margin?: Duration.DurationInput | undefined
  /** The margin is never more than this part of the lifetime. Default: 0.2. */
  readonly marginFraction?: number | undefined
  /** At random, the margin is up to this part of itself shorter. Default: 0.1. */
  readonly marginJitter?: number | undefined
  /** The lifetime of a token whose server does not tell it. Default: 3600 s. */
  readonly defaultLifetime?: Duration.DurationInput | undefined
  /** How long one attempt may take, from connecting to the end of the body. Default: 10 s. */
  readonly deadline?: Duration.DurationInput | undefined
  /** How many attempts a flight makes at most. Default: 3. */
  readonly attempts?: number | undefined
  /** The delay before the second attempt; it doubles from there and is jittered. Default: 250 ms. */
  readonly retryDelay?: Duration.DurationInput | undefined
  /** A `Retry-After` up to this is waited for within the flight; a longer one ends it. Default: 5 s. */
  readonly retryAfterWait?: Duration.DurationInput | undefined
  /** A `Retry-After` is believed up to this. Default: 10 min. */
  readonly retryAfterMax?: Duration.DurationInput | undefined
  /** The first window after a flight that failed; it doubles from there. Default: 1 s. */
  readonly window?: Duration.DurationInput | undefined
  /** The longest window without a `Retry-After`. Default: 30 s. */
  readonly windowMax?: Duration.DurationInput | undefined
  /** The first window after a rejection; it doubles from there. Default: 60 s. */
  readonly rejectedWindow?: Duration.DurationInput | undefined
  /** The longest window after a rejection. Default: 10 min. */
  readonly rejectedWindowMax?: Duration.DurationInput | undefined
  /** Within this time after a flight that an invalidation caused, no other invalidation counts. Default: 30 s. */
  readonly refusalGuard?: Duration.DurationInput | undefined
}

/**
 * {@link Options} resolved: every number there, durations in milliseconds.
 *
 * @since 0.1.0
 * @category models
 */
export type RefreshPolicy = { readonly [K in keyof Options]-?: number }

/**
 * The policy where nothing is said.
 *
 * @since 0.1.0
 * @category models
 */
export const defaults: RefreshPolicy = {
  margin: 300_000,
  marginFraction: 0.2,
  marginJitter: 0.1,
  defaultLifetime: 3_600_000,
  deadline: 10_000,
  attempts: 3,
  retryDelay: 250,
  retryAfterWait: 5_000,
  retryAfterMax: 600_000,
  window: 1_000,
  windowMax: 30_000,
  rejectedWindow: 60_000,
  rejectedWindowMax: 600_000,
  refusalGuard: 30_000
}

const fraction = { expected: "a number from 0 to 1", holds: (n: number) => n >= 0 && n <= 1 }
const count = {
  expected: "a whole number, 1 or more",
  holds: (n: number) => Number.isSafeInteger(n) && n >= 1
}
const positive = {
  expected: "a finite duration over zero",
  holds: (n: number) => Number.isFinite(n) && n > 0
}
const duration = { expected: "a finite duration", holds: (n: number) => Number.isFinite(n) && n >= 0 }

const rules: { readonly [K in keyof RefreshPolicy]: { expected: string; holds: (n: number) => boolean } } = {
  margin: duration,
  marginFraction: fraction,
  marginJitter: fraction,
  defaultLifetime: positive,
  deadline: positive,
  attempts: count,
  retryDelay: duration,
  retryAfterWait: duration,
  retryAfterMax: duration,
  window: positive,
  windowMax: positive,
  rejectedWindow: positive,
  rejectedWindowMax: positive,
  refusalGuard: duration
}

const names = Object.keys(defaults) as ReadonlyArray<keyof RefreshPolicy>

/**
 * A duration in milliseconds; `NaN` if the value is not a duration.
 *
 * @internal
 */
export const millis = (duration: unknown): number =>
  Option.match(Duration.decodeUnknown(duration), { onNone: () => NaN, onSome: Duration.toMillis })

const toNumber = (name: keyof RefreshPolicy, value: Duration.DurationInput): number =>
  // a number is taken as it stands, and a text with a minus is none: Duration would make zero of both
  typeof value === "number" || rules[name] === fraction || rules[name] === count
    ? Number(value)
    : typeof value === "string" && value.startsWith("-")
      ? NaN
      : millis(value)

/**
 * Resolves options to a policy, or to the list of everything that is wrong with them. Numbers stand for milliseconds
 * where a duration is expected, as everywhere in Effect.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {}
): Either.Either<RefreshPolicy, ReadonlyArray<ConfigurationIssue>> => {
  const policy: { -readonly [K in keyof RefreshPolicy]: number } = { ...defaults }
  const issues: Array<ConfigurationIssue> = []
  for (const name of names) {
    const value = options[name]
    if (value === undefined) continue
    const number = toNumber(name, value)
    if (rules[name].holds(number)) policy[name] = number
    else issues.push(new ConfigurationIssue({ path: `policy.${name}`, expected: rules[name].expected }))
  }
  return issues.length === 0 ? Either.right(policy) : Either.left(issues)
}

/**
 * When a token that was asked for at `askedAt` expires. A lifetime that is left out, or is no time at all, is the
 * policy's default; one beyond what a date can tell ends at {@link lastInstant}.
 *
 * @since 0.1.0
 * @category arithmetic
 */
export const expiresAt = (
  policy: RefreshPolicy,
  askedAt: number,
  expiresIn: Duration.Duration | undefined
): number => {
  const lifetime = expiresIn === undefined ? 0 : Duration.toMillis(expiresIn)
  return Math.min(askedAt + (lifetime > 0 ? lifetime : policy.defaultLifetime), lastInstant)
}

/**
 * When a refresh of the token is due. A server's own wish (`refreshIn`) wins where it lies within the lifetime;
 * otherwise the margin decides, a little later at random, so that processes that started together do not refresh
 * together. `random` is from 0 to 1.
 *
 * @since 0.1.0
 * @category arithmetic
 */
export const refreshAt = (
  policy: RefreshPolicy,
  token: {
    readonly askedAt: number
    readonly expiresAt: number
    readonly refreshIn: Duration.Duration | undefined
  },
  random: number
): number => {
  const lifetime = token.expiresAt - token.askedAt
  const wished = token.refreshIn === undefined ? 0 : Duration.toMillis(token.refreshIn)
  if (wished > 0 && wished < lifetime) return token.askedAt + wished
  if (token.expiresAt >= lastInstant) return token.expiresAt
  const margin = Math.min(policy.margin, lifetime * policy.marginFraction)
  return token.expiresAt - margin * (1 - policy.marginJitter * random)
}

/**
 * When the window ends that a failed flight opens at `now`: at the server's `Retry-After` if it gave one, else after a
 * time that doubles with every failure in a row. `failures` counts them, this one included.
 *
 * @since 0.1.0
 * @category arithmetic
 */
export const windowEnd = (
  policy: RefreshPolicy,
  now: number,
  failures: number,
  retryAfter: number | undefined
): number =>
  Math.min(
    lastInstant,
    now +
      (retryAfter === undefined
        ? doubling(policy.window, failures, policy.windowMax)
        : Math.min(retryAfter, policy.retryAfterMax))
  )

/**
 * When the window ends that a rejection opens at `now`. `rejections` counts those in a row, this one included.
 *
 * @since 0.1.0
 * @category arithmetic
 */
export const rejectedWindowEnd = (policy: RefreshPolicy, now: number, rejections: number): number =>
  Math.min(lastInstant, now + doubling(policy.rejectedWindow, rejections, policy.rejectedWindowMax))

/**
 * The last instant that a date can tell.
 *
 * @since 0.1.0
 * @category arithmetic
 */
export const lastInstant = 8.64e15

const doubling = (first: number, times: number, most: number): number =>
  Math.min(first * 2 ** (times - 1), most)
