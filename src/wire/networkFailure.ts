/**
 * `"NotSent"` if the connection was never made, so the server has received nothing; otherwise `"NoAnswer"`, since the
 * request may have left. Runtimes report this as a `code` in the chain of causes. An error without a code, such as a
 * browser's, counts as `"NoAnswer"`.
 */
export const failureReason = (error: unknown): "NotSent" | "NoAnswer" =>
  causeChain(error).some(isConnectFailure) ? "NotSent" : "NoAnswer"

/** The runtime's code for a failure, such as `ECONNREFUSED`. Unlike the error's message it is safe to show. */
export const failureCode = (error: unknown): string | undefined =>
  causeChain(error)
    .map((cause) => ("code" in cause && typeof cause.code === "string" ? cause.code : ""))
    .find((code) => /^[A-Z][A-Z0-9_]{2,60}$/.test(code))

const causeChain = (error: unknown): ReadonlyArray<object> => {
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

// Only the TLS errors that end a handshake; others may occur after the request has left.
const connectFailures =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EAI_FAIL|ENETUNREACH|EHOSTUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|CERT_.*|ERR_TLS_CERT_.*|ERR_SSL_.*(VERSION|PROTOCOL|HANDSHAKE_FAILURE|UNRECOGNIZED_NAME).*|EPROTO|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*)$/
