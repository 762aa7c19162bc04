/**
 * What the error of an HTTP client says of a request without an answer.
 *
 * @since 0.1.0
 */

/**
 * `"NotSent"` where the connection was never made, so that the server has seen nothing; otherwise `"NoAnswer"`, since
 * the request may have left. The runtimes tell by a `code` somewhere down the chain of causes; one that tells nothing, as
 * a browser does not, counts as having sent.
 */
export const causeOfFailure = (error: unknown): "NotSent" | "NoAnswer" =>
  chain(error).some(isConnectFailure) ? "NotSent" : "NoAnswer"

/** The runtime's code for a failure, such as `ECONNREFUSED`; nothing where it has none. It holds no text of anybody's. */
export const codeOfFailure = (error: unknown): string | undefined =>
  chain(error)
    .map((cause) => ("code" in cause && typeof cause.code === "string" ? cause.code : ""))
    .find((code) => /^[A-Z][A-Z0-9_]{2,60}$/.test(code))

const chain = (error: unknown): ReadonlyArray<object> => {
  const seen: Array<object> = []
  let next = error
  while (typeof next === "object" && next !== null && !seen.includes(next)) {
    seen.push(next)
    next = "cause" in next ? next.cause : undefined
  }
  return seen
}

const isConnectFailure = (error: object): boolean =>
  ("syscall" in error && (error.syscall === "connect" || error.syscall === "getaddrinfo")) ||
  ("code" in error && typeof error.code === "string" && connectFailures.test(error.code))

// of the TLS errors those that end a handshake; others may come when the request has left
const connectFailures =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EAI_FAIL|ENETUNREACH|EHOSTUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|CERT_.*|ERR_TLS_CERT_.*|ERR_SSL_.*(VERSION|PROTOCOL|HANDSHAKE_FAILURE|UNRECOGNIZED_NAME).*|EPROTO|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*)$/
