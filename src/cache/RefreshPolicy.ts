/**
 * When to refresh, when to retry, and how long to make no request: arithmetic on instants, which are milliseconds since the
 * epoch.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import { ConfigurationIssue } from "../token/TokenError.js"
import { millis } from "./millis.js"

/**
 * The settings of a provider's token cache. Each has a default.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** How long before expiry a refresh is due, at most. Default: 300 s. */
  readonly margin?: Duration.DurationInput | undefined
  /** The largest margin, as a fraction of the lifetime. Default: 0.2. */
  readonly marginFraction?: number | undefined
  /** The margin is shortened at random by up to this fraction of itself. Default: 0.1. */
  readonly marginJitter?: number | undefined
  /** The lifetime of a token whose response does not state it. Default: 3600 s. */
  readonly defaultLifetime?: Duration.DurationInput | undefined
  /** How long one attempt may take, from connecting to the end of the body. Default: 10 s. */
  readonly deadline?: Duration.DurationInput | undefined
  /** The largest number of attempts of one flight. Default: 3. */
  readonly attempts?: number | undefined
  /** The delay before the second attempt; it doubles from there and is jittered. Default: 250 ms. */
  readonly retryDelay?: Duration.DurationInput | undefined
  /** The longest `Retry-After` that a flight waits for; a longer one ends it. Default: 5 s. */
  readonly retryAfterWait?: Duration.DurationInput | undefined
  /** The longest `Retry-After` that is obeyed; a longer one counts as this long. Default: 10 min. */
  readonly retryAfterMax?: Duration.DurationInput | undefined
  /** The first window after a flight that failed; it doubles from there. Default: 1 s. */
  readonly window?: Duration.DurationInput | undefined
  /** The longest window without a `Retry-After`. Default: 30 s. */
  readonly windowMax?: Duration.DurationInput | undefined
  /** The first window after a rejection; it doubles from there. Default: 60 s. */
  readonly rejectedWindow?: Duration.DurationInput | undefined
  /** The longest window after a rejection. Default: 10 min. */
  readonly rejectedWindowMax?: Duration.DurationInput | undefined
  /** How long further invalidations are ignored after one has caused a flight. Default: 30 s. */
  readonly refusalGuard?: Duration.DurationInput | undefined
}

/**
 * Resolved {@link Options}: every setting has a value, and durations are in milliseconds.
 *
 * @since 0.1.0
 * @category models
 */
export type RefreshPolicy = { readonly [K in keyof Options]-?: number }

/**
 * The default policy.
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

const toNumber = (name: keyof RefreshPolicy, value: Duration.DurationInput): number =>
  // Duration would turn a negative number and a text with a minus into zero instead of rejecting them.
  typeof value === "number" || rules[name] === fraction || rules[name] === count
    ? Number(value)
    : typeof value === "string" && value.startsWith("-")
      ? NaN
      : millis(value)

/**
 * Resolves options to a policy, or to all issues that they have. A number means milliseconds where a duration is expected, as
 * everywhere in Effect.
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
 * When a token that was requested at `askedAt` expires. A missing or zero lifetime means the policy's default; one that a date
 * cannot hold ends at {@link lastInstant}.
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
 * When a refresh of the token is due. The server's `refreshIn` wins if it lies within the lifetime; otherwise the margin
 * decides. `random`, from 0 to 1, makes it a little later, so that processes that started together do not refresh together.
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
  const refreshIn = token.refreshIn === undefined ? 0 : Duration.toMillis(token.refreshIn)
  if (refreshIn > 0 && refreshIn < lifetime) return token.askedAt + refreshIn
  if (token.expiresAt >= lastInstant) return token.expiresAt
  const margin = Math.min(policy.margin, lifetime * policy.marginFraction)
  return token.expiresAt - margin * (1 - policy.marginJitter * random)
}

/**
 * When the window ends that a failed flight opens at `now`: at the server's `Retry-After` if there is one, else after a time
 * that doubles with each consecutive failure. `failures` counts these, this one included.
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
 * When the window ends that a rejection opens at `now`. `rejections` counts the consecutive ones, this one included.
 *
 * @since 0.1.0
 * @category arithmetic
 */
export const rejectedWindowEnd = (policy: RefreshPolicy, now: number, rejections: number): number =>
  Math.min(lastInstant, now + doubling(policy.rejectedWindow, rejections, policy.rejectedWindowMax))

/**
 * The last instant that a date can hold.
 *
 * @since 0.1.0
 * @category arithmetic
 */
export const lastInstant = 8.64e15

const doubling = (first: number, times: number, most: number): number =>
  Math.min(first * 2 ** (times - 1), most)
