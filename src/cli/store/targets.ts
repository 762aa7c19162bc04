/** Which records are meant. */
import * as Array from "effect/Array"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { Problem } from "../Problem.js"
import { namesText } from "./describe.js"
import type { Owner } from "./options.js"
import { isOf } from "./options.js"
import type { Named } from "./records.js"

/** Records by an id, whole or as a list shows it, by their owner, or by both. */
export interface Target extends Owner {
  readonly id: Option.Option<string>
}

/** The records that are meant; at least one. An id means one record and no more. */
export const targets = (
  records: ReadonlyArray<Named>,
  target: Target
): Either.Either<Array.NonEmptyReadonlyArray<Named>, Problem> => {
  if (Option.isNone(target.id) && Option.isNone(target.provider) && Option.isNone(target.tenant)) {
    return Either.left(nothingNamed)
  }
  const meant = Option.match(target.id, { onNone: () => records, onSome: (id) => byId(records, id) })
  const found = meant.filter(({ key }) => isOf(target)(key))
  if (!Array.isNonEmptyReadonlyArray(found)) return Either.left(notFound)
  return Option.isSome(target.id) && found.length > 1 ? Either.left(ambiguous(found)) : Either.right(found)
}

/** A record's whole id comes before the beginning of another one's digest. */
const byId = (records: ReadonlyArray<Named>, id: string): ReadonlyArray<Named> => {
  const exact = records.filter(({ key }) => key.id === id)
  return exact.length > 0 || !/^[0-9a-f]{4,64}$/.test(id)
    ? exact
    : records.filter(({ digest }) => digest.startsWith(id))
}

const nothingNamed: Problem = {
  tag: "InvalidTarget",
  reason: "Missing",
  message: "no record is named",
  remedy: "Name one by its id, as `effect-oauth store list` shows it, or several by --provider and --tenant."
}

const notFound: Problem = {
  tag: "InvalidTarget",
  reason: "NotFound",
  message: "there is no such record",
  remedy: "`effect-oauth store list` shows those that there are, with their ids."
}

const ambiguous = (found: ReadonlyArray<Named>): Problem => ({
  tag: "InvalidTarget",
  reason: "Ambiguous",
  message: `more than one record begins so: ${namesText(found)}`,
  remedy: "Give more of the id."
})
