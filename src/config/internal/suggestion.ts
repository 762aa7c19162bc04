/**
 * The name that somebody probably meant.
 */

/** What people call settings elsewhere. */
const alsoKnownAs: Readonly<Record<string, string>> = {
  app_id: "client_id",
  application_id: "client_id",
  app_secret: "client_secret",
  secret: "client_secret",
  directory_id: "tenant_id",
  tenant: "tenant_id",
  scope: "scopes",
  token_endpoint: "token_url",
  access_token_url: "token_url",
  issuer_url: "issuer",
  api_key: "value",
  token: "value",
  refresh_margin: "margin",
  timeout: "deadline",
  request_timeout: "deadline",
  retries: "attempts",
  max_retries: "attempts",
  cooldown: "window",
  cool_down: "window"
}

/** `; did you mean NAME?`, or nothing where nothing is near. */
export const suggestion = (name: string, known: ReadonlyArray<string>): string => {
  const plain = name
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .replace(/-/g, "_")
    .toLowerCase()
  const synonym = alsoKnownAs[plain]
  const [nearest] = known
    .map((candidate) => ({ candidate, distance: distance(plain, candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 4)))
    .sort((a, b) => a.distance - b.distance)
  const meant = synonym !== undefined && known.includes(synonym) ? synonym : nearest?.candidate
  return meant === undefined ? "" : `; did you mean ${meant}?`
}

/** How many letters have to be added, taken away or changed (Levenshtein). */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [index, letter] of [...a].entries()) {
    const next = [index + 1]
    for (let column = 1; column <= b.length; column++) {
      next.push(
        Math.min(
          (next[column - 1] ?? 0) + 1,
          (row[column] ?? 0) + 1,
          (row[column - 1] ?? 0) + (letter === b[column - 1] ? 0 : 1)
        )
      )
    }
    row = next
  }
  return row[b.length] ?? 0
}
