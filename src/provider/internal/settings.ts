/**
 * Checks of settings that gather everything that is wrong, so that it can be said at once.
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { ConfigurationIssue, InvalidConfiguration } from "../../token/TokenError.js"

/** Gathers what is wrong with one provider's settings. */
export class Issues {
  readonly found: Array<ConfigurationIssue> = []

  constructor(readonly provider: string) {}

  /** Notes that something else is expected at a path. */
  add(path: string, expected: string): void {
    this.found.push(new ConfigurationIssue({ path, expected }))
  }

  /** A text that must not be empty. */
  text(path: string, value: string): string {
    if (value.trim() === "") this.add(path, missing)
    return value
  }

  /** A secret that must not be empty. White space around it is what a file or a shell left there. */
  secret(path: string, secret: Redacted.Redacted): Redacted.Redacted {
    const value = Redacted.value(secret)
    if (value.trim() === "") this.add(path, missing)
    else if (value !== value.trim()) this.add(path, "a secret without white space around it")
    return secret
  }

  /** A host name, with a port perhaps, and nothing else of a URL. */
  host(path: string, value: string): string {
    if (value.trim() === "") this.add(path, missing)
    else if (!URL.canParse(`https://${value}`) || new URL(`https://${value}`).host !== value.toLowerCase()) {
      this.add(path, "a host name without scheme and path, such as tenant.example.com")
    }
    return value
  }

  /** One segment of a URL's path. */
  segment(path: string, value: string, expected: string): string {
    if (value.trim() === "") this.add(path, missing)
    else if (!/^[\w.~-]+$/.test(value) || /^\.+$/.test(value)) this.add(path, expected)
    return value
  }

  /** Everything that was found, as one error; nothing if nothing was. */
  get check(): Either.Either<void, InvalidConfiguration> {
    const issues = this.found
    if (issues.length === 0) return Either.void
    const reason = issues.every(({ expected }) => expected === missing) ? "Missing" : "Malformed"
    return Either.left(new InvalidConfiguration({ provider: this.provider, reason, issues }))
  }
}

const missing = "a value; it is empty"

/** A list of scopes, however they were given. */
export const scopeList = (scope: string | ReadonlyArray<string> | undefined): ReadonlyArray<string> =>
  (typeof scope === "string" ? scope.split(/\s+/) : (scope ?? [])).filter((scope) => scope !== "")

/** The origins of those identifiers that are https URLs, once each. */
export const originsOf = (identifiers: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...new Set(
    identifiers.flatMap((identifier) =>
      URL.canParse(identifier) && identifier.startsWith("https://") ? [new URL(identifier).origin] : []
    )
  )
]

/** The scheme for a host that is spoken to: http for a literal loopback address that the caller opted in to. */
export const baseUrl = (host: string, allowLoopbackHttp: boolean | undefined): string =>
  `${allowLoopbackHttp === true && /^(127\.|\[::1\])/.test(host) ? "http" : "https"}://${host}`
