import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Public from "effect-oauth"
import * as Testing from "effect-oauth/testing"
import { core } from "./canary/core.js"
import { doubles } from "./canary/doubles.js"
import { http } from "./canary/http.js"
import type { Entry } from "./canary/lives.js"
import { presets } from "./canary/presets.js"
import { renderings } from "./canary/renderings.js"
import { marksIn } from "./canary/marks.js"
import { witness } from "./canary/witness.js"

/** Every value that users can import, by the name of its namespace and its own. */
const exportsOf = (entryPoint: Readonly<Record<string, object>>): ReadonlyMap<string, unknown> =>
  new Map(
    Object.entries(entryPoint).flatMap(([namespace, members]) =>
      Object.entries(members).map(([member, value]) => [`${namespace}.${member}`, value] as const)
    )
  )

const entryPoints: ReadonlyArray<
  readonly [name: string, values: ReadonlyMap<string, unknown>, table: Readonly<Record<string, Entry>>]
> = [
  ["effect-oauth", exportsOf(Public), { ...core, ...presets, ...http }],
  ["effect-oauth/testing", exportsOf(Testing), doubles]
]

for (const [name, values, table] of entryPoints) {
  describe(`S22 ${name} shows no secret`, () => {
    it("and knows every export", () => {
      expect(Object.keys(table).sort()).toEqual([...values.keys()].sort())
    })

    for (const [member, value] of values) {
      const entry = table[member]
      it.scoped(member, () =>
        Effect.gen(function* () {
          expect(entry, "an export that the table does not know").toBeDefined()
          expect(renderings(value).flatMap(([, text]) => marksIn(text))).toEqual([])
          if (entry === undefined || typeof entry === "string") return
          const { leaks, logs, spans } = yield* witness(entry)
          expect(leaks.slice(0, 20)).toEqual([])
          expect(logs).toBeGreaterThan(0)
          expect(spans).toBeGreaterThan(0)
        })
      )
    }
  })
}
