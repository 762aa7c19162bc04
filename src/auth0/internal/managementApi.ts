/**
 * Where the Management API is, and the numbers of its client, checked.
 */
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import { Issues } from "../../provider/internal/settings.js"
import type { InvalidConfiguration } from "../../token/TokenError.js"
import type { TokenProvider } from "../../TokenProvider.js"

export interface Options {
  /** For each operation as a whole: its token, its waits, its attempts. Default: 15 seconds. */
  readonly deadline?: Duration.DurationInput | undefined
  /** How often an operation waits for a rate limit. Default: 3 times, all of them within the deadline. */
  readonly rateLimitWaits?: number | undefined
  /** Lets the API lie on a literal loopback address without TLS. For tests and local development. */
  readonly allowLoopbackHttp?: boolean | undefined
}

export interface ManagementApi {
  readonly url: string
  readonly deadline: Duration.Duration
  readonly rateLimitWaits: number
}

/** The API is at the first origin that the provider's token is meant for. */
export const of = (
  { isConfigured, name, origins }: TokenProvider,
  { deadline = "15 seconds", rateLimitWaits = 3 }: Options
): Either.Either<ManagementApi, InvalidConfiguration> => {
  const issues = new Issues(name)
  const [origin = ""] = origins
  const isPlace = URL.canParse(origin) && !origin.includes("*")
  if (isConfigured && !isPlace) {
    issues.add("origins", "first the origin of the Management API, such as https://tenant.example.com")
  }
  if (Duration.toMillis(deadline) < 1) issues.add("deadline", "at least a millisecond")
  if (!Number.isInteger(rateLimitWaits) || rateLimitWaits < 0) {
    issues.add("rateLimitWaits", "a whole number, 0 or more")
  }
  return Either.map(issues.check, () => ({
    // without settings nothing is sent, wherever it is
    url: isPlace ? new URL("/api/v2", origin).href : "",
    deadline: Duration.decode(deadline),
    rateLimitWaits
  }))
}
