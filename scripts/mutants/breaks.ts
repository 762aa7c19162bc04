import type { Fault } from "../lib/mutation.js"

/** The file, a text that stands there exactly once, and what replaces it. */
type Row = readonly [file: string, find: string, replace: string]

/** Rows that break one promise, and the test file that should notice. */
export const breaks = (
  what: string | { readonly law: string; readonly named: string },
  test: string,
  rows: ReadonlyArray<Row>
): ReadonlyArray<Fault> => {
  const { law, named } = typeof what === "string" ? { law: what, named: what } : what
  return rows.map(([file, find, replace]) => ({
    law,
    named,
    file,
    find,
    replace,
    tests: [`test/${test}.test.ts`]
  }))
}
