/**
 * What a status says by itself.
 *
 * @since 0.1.0
 */

/** The server is in trouble, or has too much to do: another time it may answer. */
export const isPassing = (status: number): boolean =>
  status === 408 || status === 425 || status === 429 || status >= 500

/** The answer is elsewhere. Where a browser's `fetch` keeps a redirect to itself, the status is 0. */
export const isRedirect = (status: number): boolean => status === 0 || (status >= 300 && status < 400)
