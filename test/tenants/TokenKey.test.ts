import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as FastCheck from "effect/FastCheck"
import * as Hash from "effect/Hash"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { TokenKey } from "effect-oauth"
import { inspect } from "node:util"

// few characters, among them those that could end a field
const text = FastCheck.string({
  unit: FastCheck.constantFrom("a", "b", '"', ",", "[", "]", "\\", "#", "\n", "|"),
  maxLength: 4
})
const word = FastCheck.string({
  unit: FastCheck.constantFrom("a", "b", '"', ",", "[", "]", "\\"),
  minLength: 1,
  maxLength: 3
})
const maybe = <A>(arbitrary: FastCheck.Arbitrary<A>) => FastCheck.option(arbitrary, { nil: undefined })
const fields = FastCheck.record({
  provider: maybe(text),
  tenant: maybe(text),
  clientId: maybe(text),
  audience: maybe(text),
  resource: maybe(FastCheck.array(word, { maxLength: 3 })),
  scopes: maybe(FastCheck.array(word, { maxLength: 3 })),
  parameters: maybe(FastCheck.dictionary(text, text, { maxKeys: 3 }))
})

/** What two requests have to have in common to be one, written in another way than the key. */
const shape = (of: TokenKey.Fields): string =>
  inspect(
    {
      ...of,
      resource: new Set([...(of.resource ?? [])].sort()),
      scopes: new Set([...(of.scopes ?? [])].sort()),
      parameters: Object.entries(of.parameters ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
    },
    { depth: 9 }
  )

describe("L14 bounded: a key", () => {
  it("is the same for the same request and another for another, whatever its fields hold", () => {
    FastCheck.assert(
      FastCheck.property(fields, fields, (one, other) => {
        expect(TokenKey.make(one).id === TokenKey.make(other).id).toBe(shape(one) === shape(other))
      }),
      { numRuns: 5000 }
    )
  })

  it("is another for another value of any one field", () => {
    const base = {
      provider: "p",
      tenant: "t",
      clientId: "c",
      audience: "a",
      resource: ["r"],
      scopes: ["s"],
      parameters: { k: "v" }
    }
    const others: ReadonlyArray<TokenKey.Fields> = [
      { ...base, provider: "x" },
      { ...base, tenant: "x" },
      { ...base, clientId: "x" },
      { ...base, audience: "x" },
      { ...base, resource: ["x"] },
      { ...base, scopes: ["x"] },
      { ...base, parameters: { k: "x" } },
      { ...base, parameters: { x: "v" } },
      { ...base, tenant: undefined },
      { ...base, tenant: "" }
    ]
    const ids = [base, ...others].map((one) => TokenKey.make(one).id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it("has the same stored name in every version", () => {
    const storedAs = (fields: TokenKey.Fields) => TokenKey.make(fields).storedAs
    expect(storedAs({})).toBe("[]")
    expect(TokenKey.make({}).id).toBe("[]")
    expect(storedAs({ provider: "p", tenant: "t" })).toBe('["p","t"]')
    expect(storedAs({ scopes: "write read" })).toBe('[null,null,["read","write"]]')
    expect(storedAs({ clientId: "c" })).toBe('[null,null,null,null,"c"]')
    expect(storedAs({ resource: ["r", "q"] })).toBe('[null,null,null,null,null,["q","r"]]')
    expect(storedAs({ audience: "a", parameters: { y: "2", x: "1" } })).toBe(
      '[null,null,null,"a",null,null,[["x","1"],["y","2"]]]'
    )
  })

  it("has no scopes, resources and parameters where none are given", () => {
    expect(TokenKey.make({})).toMatchObject({ resource: [], scopes: [], parameters: {} })
  })

  it("does not change when what it was made of does", () => {
    const parameters: Record<string, string> = { org: "1" }
    const key = TokenKey.make({ parameters })
    parameters["org"] = "2"
    expect(key.parameters).toEqual({ org: "1" })
  })

  it("does not mind the order of scopes, nor a scope said twice, nor how they are written", () => {
    const one = TokenKey.make({ tenant: "t", scopes: "read  write" })
    const other = TokenKey.make({ scopes: ["write", "read", "write"], tenant: "t" })
    expect(other.id).toBe(one.id)
    expect(TokenKey.make({ tenant: "t", scopes: ["read write"] }).id).toBe(one.id)
    expect(Equal.equals(one, other)).toBe(true)
    expect(Hash.hash(one)).toBe(Hash.hash(other))
    const narrower = TokenKey.make({ tenant: "t", scopes: "read" })
    expect(Equal.equals(one, narrower)).toBe(false)
    expect(one[Equal.symbol](narrower)).toBe(false)
    expect(one[Equal.symbol]({ id: one.id })).toBe(false)
    expect(Hash.hash(one)).not.toBe(Hash.hash(narrower))
    expect(TokenKey.make({ tenant: "t", scopes: " read " }).id).toBe(narrower.id)
    expect(TokenKey.make({ resource: "r" }).id).toBe(TokenKey.make({ resource: ["r"] }).id)
    expect(TokenKey.make(one)).toBe(one)
  })

  it.effect("with a secret is another in memory with another secret, and the same where it is stored", () =>
    Effect.gen(function* () {
      const of = (secret: string) => TokenKey.withSecret({ tenant: "t" }, Redacted.make(secret))
      const [first, again, second] = [yield* of("canary-1"), yield* of("canary-1"), yield* of("canary-2")]
      const bare = TokenKey.make({ tenant: "t" })
      expect(again.id).toBe(first.id)
      expect(second.id).not.toBe(first.id)
      expect(bare.id).not.toBe(first.id)
      expect(new Set([bare, first, again, second].map(({ storedAs }) => storedAs)).size).toBe(1)
      const spread = TokenKey.make({ ...first, scopes: "more" })
      expect(spread.id).not.toBe(TokenKey.make({ ...second, scopes: "more" }).id)
      expect(Option.map(TokenKey.secretOf(first), Redacted.value)).toEqual(Option.some("canary-1"))
      expect(TokenKey.secretOf(bare)).toEqual(Option.none())
      for (const shown of [inspect(first, { depth: 9, showHidden: true }), JSON.stringify(first)]) {
        expect(shown).not.toContain("canary")
      }
    })
  )
})
