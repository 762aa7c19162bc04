/**
 * Which URLs a secret may be sent to.
 *
 * @internal
 */
import * as Either from "effect/Either"

/**
 * Whether a host is a loopback address written as one: 127.0.0.0/8 or [::1]. A name such as `localhost` is not, since
 * what it resolves to is somebody else's decision (RFC 8252 §7.3).
 *
 * @since 0.1.0
 * @category predicates
 */
export const isLoopback = (hostname: string): boolean =>
  hostname === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)

/**
 * Whether a secret may travel to the URL: over https, or over http to a literal loopback address where the caller opted
 * in to that.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isProtected = (url: URL, allowLoopbackHttp: boolean): boolean =>
  url.protocol === "https:" || (allowLoopbackHttp && url.protocol === "http:" && isLoopback(url.hostname))

/**
 * Parses the URL of an endpoint, or says what is expected of it. No secret can stand in it: neither user information,
 * nor a query parameter that is named like one (RFC 6749 §2.3.1), nor a fragment (§3.2).
 *
 * @since 0.1.0
 * @category constructors
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
