/**
 * The list of origins that a bearer token may be sent to.
 *
 * @internal
 */
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { TokenError } from "../token/TokenError.js"
import { ConfigurationIssue, InvalidConfiguration } from "../token/TokenError.js"
import type { TokenProvider } from "../TokenProvider.js"
import { isProtected } from "../wire/Url.js"

export interface OriginList {
  readonly allows: (url: string) => boolean
}

/**
 * Parses a list of origins: `https://api.example.com`, `https://*.example.com` for every host below `example.com`, or `*`
 * for every https origin. Http is allowed for literal loopback addresses with `allowLoopbackHttp`.
 *
 * The left has every issue of the list at once. An empty list is an issue.
 */
export const make = (
  origins: ReadonlyArray<string>,
  allowLoopbackHttp: boolean
): Either.Either<OriginList, ReadonlyArray<ConfigurationIssue>> => {
  if (origins.length === 0) {
    const expected = "at least one origin that the token may be sent to, such as https://api.example.com"
    return Either.left([new ConfigurationIssue({ path: "origins", expected })])
  }
  const [issues, matchers] = Array.partitionMap(origins, (origin, index) =>
    Either.mapLeft(
      parse(origin, allowLoopbackHttp),
      (expected) => new ConfigurationIssue({ path: `origins[${String(index)}]`, expected })
    )
  )
  if (issues.length > 0) return Either.left(issues)
  const allowed = (url: URL) =>
    isProtected(url, allowLoopbackHttp) && matchers.some((matches) => matches(url))
  return Either.right({ allows: memoized(allowed) })
}

/**
 * Remembers allowed origins, since parsing a URL costs more than the rest of the check. Whether a URL is allowed depends
 * on its origin alone. A URL that starts with a serialized origin and then ends or continues with a slash has exactly that
 * origin, since a serialized origin contains no user name, tab or backslash.
 */
const memoized = (allowed: (url: URL) => boolean): OriginList["allows"] => {
  const passed = new Set<string>()
  return (url) => {
    const path = url.indexOf("/", "https://".length)
    if (passed.has(path === -1 ? url : url.slice(0, path))) return true
    if (!URL.canParse(url)) return false
    const parsed = new URL(url)
    if (!allowed(parsed)) return false
    // A wildcard allows any number of hosts, so the memory is bounded.
    if (passed.size < 100) passed.add(parsed.origin)
    return true
  }
}

const parse = (origin: string, allowLoopbackHttp: boolean): Either.Either<(url: URL) => boolean, string> => {
  if (origin === "*") return Either.right(() => true)
  if (/^https:\/\/\*\.[^/?#@\\]+$/i.test(origin)) {
    return below(`https://host${origin.slice("https://*".length)}`)
  }
  if (!URL.canParse(origin)) return Either.left("an origin, such as https://api.example.com")
  const url = new URL(origin)
  if (!isProtected(url, allowLoopbackHttp)) {
    return Either.left(
      "an https origin, or http on a literal loopback address with the allowLoopbackHttp of this client, too"
    )
  }
  if (url.hostname.includes("*")) {
    return Either.left("an origin, or one with its first label open, as https://*.example.com")
  }
  if (url.href !== `${url.origin}/`) return Either.left("an origin without path, query and user name")
  return Either.right((other) => other.origin === url.origin)
}

/** Matches every host that differs from the example in its first label, and the hosts below those. */
const below = (example: string): Either.Either<(url: URL) => boolean, string> => {
  const { hostname, port } = URL.canParse(example) ? new URL(example) : { hostname: "", port: "" }
  const suffix = hostname.slice("host".length)
  return /^(\.[a-z0-9-]+){2,}$/.test(suffix)
    ? Either.right((url) => url.protocol === "https:" && url.port === port && url.hostname.endsWith(suffix))
    : Either.left("two labels or more after the open one, as in https://*.example.com")
}

/** The origins that a token may be sent to, as options of the clients and adapters. */
export interface Options {
  /**
   * The origins that the token may be sent to, such as `https://api.example.com` or `https://*.example.com`. Default: the
   * provider's own. Without either, making the client fails.
   */
  readonly origins?: ReadonlyArray<string> | undefined
  /** Allows http to origins on a literal loopback address. For tests and local development. */
  readonly allowLoopbackHttp?: boolean | undefined
}

/**
 * The list for a provider: the given one, or the provider's own. An unconfigured provider needs none, since each of its
 * requests fails before it is sent.
 */
export const ofProvider = (
  { isConfigured, name, origins }: TokenProvider,
  options: Options
): Either.Either<OriginList, InvalidConfiguration> => {
  if (!isConfigured) return Either.right({ allows: () => false })
  const list = options.origins ?? origins
  return Either.mapLeft(
    make(list, options.allowLoopbackHttp ?? false),
    (issues) =>
      new InvalidConfiguration({
        provider: name,
        reason: list.length === 0 ? "Missing" : "Malformed",
        issues
      })
  )
}

/** Fails with what is missing if the token may not be sent to the URL. */
export const check = (
  provider: TokenProvider,
  allowed: OriginList,
  url: string
): Effect.Effect<void, TokenError> => refusal(provider, allowed, url) ?? Effect.void

/** The failure if the token may not be sent to the URL; missing settings of the provider come first. */
export const refusal = (
  provider: TokenProvider,
  allowed: OriginList,
  url: string
): Effect.Effect<never, TokenError> | undefined => {
  if (allowed.allows(url)) return undefined
  const expected = URL.canParse(url)
    ? `to include ${new URL(url).origin}, to send the token there`
    : "an absolute URL in the request"
  const error = new InvalidConfiguration({
    provider: provider.name,
    reason: "Malformed",
    issues: [new ConfigurationIssue({ path: "origins", expected })]
  })
  return provider.isConfigured ? error : Effect.zipRight(provider.get, error)
}
