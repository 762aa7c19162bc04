/** The location of a token store, which `OAUTH_STORE` holds. */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { printable } from "../render/text.js"

/**
 * A folder, a file of SQLite, or a database of PostgreSQL. `shown` is what may be told of it: the URL of a database holds a
 * password.
 */
export type Location =
  | { readonly _tag: "Files"; readonly directory: string; readonly shown: string }
  | { readonly _tag: "Sqlite"; readonly filename: string; readonly shown: string }
  | { readonly _tag: "Postgres"; readonly url: Redacted.Redacted; readonly shown: string }

/** What is expected of the setting. */
export const expected =
  "files:/a/folder, sqlite:/a/file or postgres://user:password@host/database, with special characters of the password percent-encoded"

/** Reads the setting; nothing where it is none of these. */
export const parse = (setting: Redacted.Redacted): Option.Option<Location> => {
  const text = Redacted.value(setting).trim()
  const [, scheme, rest = ""] = /^([a-z]+):(.*)$/s.exec(text) ?? []
  switch (scheme) {
    case "files":
      return Option.map(pathIn(rest), (directory) => ({
        _tag: "Files",
        directory,
        shown: `files:${printable(directory)}`
      }))
    case "sqlite":
      return Option.map(pathIn(rest), (filename) => ({
        _tag: "Sqlite",
        filename,
        shown: `sqlite:${printable(filename)}`
      }))
    case "postgres":
    case "postgresql":
      return Option.map(shownUrl(text), (shown) => ({ _tag: "Postgres", url: Redacted.make(text), shown }))
    default:
      return Option.none()
  }
}

/** As in `files:/a/folder`, or as URLs have it, `files:///a/folder`. What is in memory is nobody else's to look at. */
const pathIn = (rest: string): Option.Option<string> =>
  Option.liftPredicate(
    rest.replace(/^\/\/(?=\/)/, ""),
    (path) => path !== "" && path !== ":memory:" && !path.startsWith("//")
  )

/**
 * Host and database. A password in which `/`, `?` or `#` was not encoded ends up behind the host: then there is an `@` left,
 * and nothing of it may be shown.
 */
const shownUrl = (text: string): Option.Option<string> => {
  if (!URL.canParse(text)) return Option.none()
  const { hash, host, pathname, search } = new URL(text)
  return `${pathname}${search}${hash}`.includes("@")
    ? Option.none()
    : Option.some(`postgres://${printable(host)}${printable(pathname)}`)
}
