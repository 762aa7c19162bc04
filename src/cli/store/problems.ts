/** What can be wrong with a store before it is opened. */
import type { SqlError } from "@effect/sql/SqlError"
import * as Predicate from "effect/Predicate"
import { codeOf } from "../../sql/internal/errorCode.js"
import type { Problem } from "../Problem.js"
import { printable } from "../render/text.js"
import type { Location } from "./location.js"

const compare = "Compare OAUTH_STORE with what the application has; a relative path begins at this folder."

/** There is nothing at the place of a store in a folder or a file. */
export const notThere = ({ _tag, shown }: Location): Problem => ({
  tag: "NoStore",
  reason: "NotFound",
  message: `${shown}: there is no such ${_tag === "Files" ? "folder" : "file"}`,
  remedy: `The application makes it when it first starts. ${compare}`
})

/** Others than its owner have access to the folder, or it is none. */
export const notPrivate = (directory: string, { shown }: Location): Problem => ({
  tag: "NoStore",
  reason: "NotPrivate",
  message: `${shown}: expected a folder that nobody but its owner has access to (mode 0700)`,
  remedy: `Somebody may have read what is in it. Close it: chmod go= ${printable(directory)}`
})

/** A store in files needs modes that Windows does not have. */
export const notOnWindows = ({ shown }: Location): Problem => ({
  tag: "NoStore",
  reason: "Unsupported",
  message: `${shown}: a token store in files does not work on Windows`,
  remedy:
    "Windows has no mode 0600. Name a database in OAUTH_STORE, as sqlite:/a/file or postgres://host/database."
})

/** The database is there, and not the table. */
export const noTable = ({ shown }: Location, table: string, migrate: string): Problem => ({
  tag: "NoStore",
  reason: "NoTable",
  message: `${shown}: there is no table ${table}`,
  remedy: `The application makes it when it first starts with it, or ${migrate} does. If it has, compare OAUTH_STORE with what the application has.`
})

/** The version of the database clients that goes with this version of Effect; `@latest` is for Effect 4. */
const clientVersion = "0.53"

/** The driver is not installed, or is not for this Node. */
export const noDriver = ({ shown }: Location, driver: string, client: string): Problem => ({
  tag: "NoDriver",
  reason: "NotInstalled",
  message: `${shown}: the driver ${driver} cannot be loaded`,
  remedy: `Install it beside effect-oauth: npm install ${client}@${clientVersion}. If it is there, it was made for another version of Node: npm rebuild ${driver}.`
})

/** The database does not let anybody in. Of the driver's error there is its code, which is never data. */
export const noConnection = ({ shown }: Location, error: SqlError): Problem => {
  const code = codeOf(error)
  return {
    tag: "NoStore",
    reason: "Unavailable",
    message: `${shown}: the database cannot be used${code === "unknown" ? "" : ` (${code})`}`,
    remedy: remedies.find(({ codes }) => codes.test(code))?.remedy ?? unreachable
  }
}

const unreachable =
  "Nothing answered there in time. See whether the database runs, and whether this machine reaches host and port."

const remedies: ReadonlyArray<{ readonly codes: RegExp; readonly remedy: string }> = [
  {
    codes: /^28/,
    remedy:
      "The database refuses the user or the password. Compare both in OAUTH_STORE with what the database has."
  },
  { codes: /^3D000$/, remedy: `The server has no database of this name. ${compare}` },
  { codes: /^42501$/, remedy: "The database does not let this user do that. Use one that may." },
  { codes: /^SQLITE_NOTADB$/, remedy: `Not a SQLite database. ${compare}` },
  { codes: /^SQLITE_/, remedy: "See whether the file may be read and written, and whether it is whole." },
  { codes: /^E[A-Z]+$/, remedy: unreachable }
]

/** Whether the error comes from SQLite and not from loading its driver. */
export const isOfDatabase = (error: unknown): boolean =>
  Predicate.hasProperty(error, "code") && String(error.code).startsWith("SQLITE_")
