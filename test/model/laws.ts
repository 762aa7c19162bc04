import type { Options } from "../../src/cache/RefreshPolicy.js"

/** The numbers that a token cache goes by, durations in milliseconds. */
export type Numbers = { readonly [K in keyof Options]-?: number }

/** The numbers of L7, L8, L11 and L12, as the laws have them. */
export const laws: Numbers = {
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

/** Others, each of them different: every number is an option. */
export const others: Numbers = {
  margin: 20_000,
  marginFraction: 0.5,
  marginJitter: 0.2,
  defaultLifetime: 600_000,
  deadline: 3_000,
  attempts: 4,
  retryDelay: 100,
  retryAfterWait: 2_000,
  retryAfterMax: 60_000,
  window: 2_000,
  windowMax: 5_000,
  rejectedWindow: 10_000,
  rejectedWindowMax: 30_000,
  refusalGuard: 7_000
}
