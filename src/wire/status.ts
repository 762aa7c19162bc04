/** Whether the same request may succeed later: the server is overloaded or failing. */
export const isTransient = (status: number): boolean =>
  status === 408 || status === 425 || status === 429 || status >= 500

/** Whether the response is a redirect. A browser's `fetch` reports a redirect that it did not follow as status 0. */
export const isRedirect = (status: number): boolean => status === 0 || (status >= 300 && status < 400)
