import type { SqlError } from "@effect/sql/SqlError"
import * as Predicate from "effect/Predicate"

/** A SQLSTATE, a code of SQLite's or one of the operating system's: the one thing in an error that is never data. */
export const codeOf = ({ cause }: SqlError): string =>
  Predicate.hasProperty(cause, "code") && typeof cause.code === "string" && shape.test(cause.code)
    ? cause.code
    : "unknown"

const shape = /^[A-Z0-9_]{1,40}$/

/** Whether the database has undone a statement because of another one, so that it may be run again as it is. */
export const isConflict = (error: SqlError): boolean => conflicts.has(codeOf(error))

/** A serialization failure and a deadlock, as PostgreSQL has them. SQLite has waited before it says anything of the kind. */
const conflicts: ReadonlySet<string> = new Set(["40001", "40P01"])
