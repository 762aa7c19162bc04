/**
 * The URLs that credentials may be sent to.
 *
 * @internal
 */
import * as Either from "effect/Either"

/**
 * Whether a host is a literal loopback address: 127.0.0.0/8 or [::1]. A name such as `localhost` is not, since it may
 * resolve to another address (RFC 8252 §7.3).
 */
export const isLoopback = (hostname: string): boolean =>
  hostname === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)

/**
 * Whether credentials may be sent to the URL: over https, or over http to a literal loopback address if the caller
 * allows it.
 */
export const isProtected = (url: URL, allowLoopbackHttp: boolean): boolean =>
  url.protocol === "https:" || (allowLoopbackHttp && url.protocol === "http:" && isLoopback(url.hostname))

/**
 * Parses and validates the URL of an endpoint; the left says what is expected instead. The URL must be safe to show: it
 * has no user information, no query parameter named like a secret (RFC 6749 §2.3.1) and no fragment (§3.2).
 */
export const parseEndpoint = (input: string, allowLoopbackHttp: boolean): Either.Either<URL, string> => {
  if (!URL.canParse(input)) return Either.left("an absolute URL")
  const url = new URL(input)
  if (!isProtected(url, allowLoopbackHttp)) {
    return Either.left(
      isLoopback(url.hostname)
        ? "an https URL, or allowLoopbackHttp for http on a loopback address"
        : "an https URL (http is for 127.0.0.1 and [::1] only, with allowLoopbackHttp)"
    )
  }
  if (url.username !== "" || url.password !== "") return Either.left("a URL without user name and password")
  if (url.hash !== "") return Either.left("a URL without a fragment")
  if ([...url.searchParams.keys()].some((name) => secretNames.test(name))) {
    return Either.left("a URL without secrets in its query")
  }
  return Either.right(url)
}

const secretNames = /secret|password|token(?![-_]?(format|type))|assertion|api[-_]?key/i
