/**
 * The origins that a bearer token may be sent to.
 *
 * @since 0.1.0
 */
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { TokenError } from "../token/TokenError.js"
import { ConfigurationIssue, InvalidConfiguration } from "../token/TokenError.js"
import type { TokenProvider } from "../TokenProvider.js"
import { isProtected } from "../wire/Url.js"

/**
 * A list of origins, ready to be asked.
 *
 * @since 0.1.0
 * @category models
 */
export interface OriginList {
  readonly allows: (url: string) => boolean
}

/**
 * Reads a list of origins: `https://api.example.com`, or `https://*.example.com` for every host below `example.com`, or
 * `*` for every origin, each with https. Http is for literal loopback addresses, where `allowLoopbackHttp` says so.
 *
 * Gives everything that is wrong with the list at once; an empty list is wrong.
 *
 * @since 0.1.0
 * @category constructors
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
  return Either.right({ allows: remembering(allowed) })
}

/**
 * Spares most requests the parsing of their URL, which costs more than all the rest of the check. Whether a URL passes is
 * a matter of its origin alone; and one that has an origin, as a parser writes it, and then nothing or a slash, has that
 * very origin: no user name, no tab, no backslash can stand in what a parser has written.
 */
const remembering = (allowed: (url: URL) => boolean): OriginList["allows"] => {
  const passed = new Set<string>()
  return (url) => {
    const path = url.indexOf("/", "https://".length)
    if (passed.has(path === -1 ? url : url.slice(0, path))) return true
    if (!URL.canParse(url)) return false
    const parsed = new URL(url)
    if (!allowed(parsed)) return false
    // an open pattern has no end of hosts
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

/** Every host beside the example, and below those. */
const below = (example: string): Either.Either<(url: URL) => boolean, string> => {
  const { hostname, port } = URL.canParse(example) ? new URL(example) : { hostname: "", port: "" }
  const suffix = hostname.slice("host".length)
  return /^(\.[a-z0-9-]+){2,}$/.test(suffix)
    ? Either.right((url) => url.protocol === "https:" && url.port === port && url.hostname.endsWith(suffix))
    : Either.left("two labels or more after the open one, as in https://*.example.com")
}

/**
 * Where a token may go, as those who send it are told.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * The origins that the token may be sent to, such as `https://api.example.com` or `https://*.example.com`. Default: the
   * provider's own. Without either there is no client.
   */
  readonly origins?: ReadonlyArray<string> | undefined
  /** Lets the token go over http to origins on a literal loopback address. For tests and local development. */
  readonly allowLoopbackHttp?: boolean | undefined
}

/**
 * The list for a provider: the given one, else its own. An unconfigured provider needs none, since each of its requests
 * fails before it is sent.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ofProvider = (
  { isConfigured, name, origins }: TokenProvider,
  options: Options
): Either.Either<OriginList, InvalidConfiguration> => {
  if (!isConfigured) return Either.right({ allows: () => false })
  const given = options.origins ?? origins
  return Either.mapLeft(
    make(given, options.allowLoopbackHttp ?? false),
    (issues) =>
      new InvalidConfiguration({
        provider: name,
        reason: given.length === 0 ? "Missing" : "Malformed",
        issues
      })
  )
}

/**
 * Lets a request's URL through, or says what is missing for it.
 *
 * @since 0.1.0
 * @category checks
 */
export const check = (
  provider: TokenProvider,
  allowed: OriginList,
  url: string
): Effect.Effect<void, TokenError> => refusal(provider, allowed, url) ?? Effect.void

/**
 * What is missing for a request's URL, if anything is: the provider's own settings first.
 *
 * @since 0.1.0
 * @category checks
 */
export const refusal = (
  provider: TokenProvider,
  allowed: OriginList,
  url: string
): Effect.Effect<never, TokenError> | undefined => {
  if (allowed.allows(url)) return undefined
  const expected = URL.canParse(url)
    ? `to include ${new URL(url).origin}, to send the token there`
    : "an absolute URL in the request"
  const refusal = new InvalidConfiguration({
    provider: provider.name,
    reason: "Malformed",
    issues: [new ConfigurationIssue({ path: "origins", expected })]
  })
  return provider.isConfigured ? refusal : Effect.zipRight(provider.get, refusal)
}
