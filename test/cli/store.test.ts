import { expect, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as CommandLine from "./support/commandLine.js"
import type { Seed } from "./support/stores.js"
import { contents, lost, newer, older, recordKey, seed, stores } from "./support/stores.js"
import { onTerminal } from "./support/terminal.js"

const acme = recordKey("crm", "acme.example")
const globex = recordKey("crm", "globex.example")
const graph = recordKey("graph")
const mail = recordKey("mail")

const records: ReadonlyArray<Seed> = [
  { key: acme, content: "the first", expiresIn: 3600 },
  { key: globex, content: "the second", expiresIn: -60 },
  { key: graph, content: "the third", expiresIn: 600, presentedFor: 900 },
  { key: mail, content: "the fourth" }
]

const instant: unknown = expect.stringMatching(/^\d{4}-.*Z$/)

interface Listed {
  readonly records: ReadonlyArray<{
    readonly id: string
    readonly shortId: string
    readonly version: number
    readonly key: string | null
  }>
}

layer(CommandLine.layer, { excludeTestServices: true })("effect-oauth store", (it) => {
  for (const [name, make] of Object.entries(stores)) {
    it.scoped(`in ${name}: list shows records without their contents, and needs no key`, () =>
      Effect.gen(function* () {
        const command = yield* CommandLine.CommandLine
        const store = yield* make
        yield* seed(store, older, records)
        const ended = yield* command.run(["store", "list", "--json"], { env: store.env })
        expect([ended.code, ended.stderr]).toEqual([0, ""])
        const base = { version: 1, key: "2026-01", sealed: true, savedAt: instant }
        const shortId: unknown = expect.stringMatching(/^[0-9a-f]{8}$/)
        expect((JSON.parse(ended.stdout) as Listed).records).toEqual([
          { ...acme, ...base, shortId, state: "fresh", expiresAt: instant, presentedAt: null },
          { ...globex, ...base, shortId, state: "expired", expiresAt: instant, presentedAt: null },
          {
            ...graph,
            tenant: null,
            ...base,
            shortId,
            state: "presenting",
            expiresAt: instant,
            presentedAt: instant
          },
          { ...mail, tenant: null, ...base, shortId, state: "no token", expiresAt: null, presentedAt: null }
        ])
        for (const { content } of records) expect(ended.output).not.toContain(content)

        const text = yield* command.run(["store", "list"], { env: store.env })
        expect(text.stdout).toMatch(/^(files:|sqlite:|postgres:).*  4 records$/m)
        expect(text.stdout).toMatch(/^id +provider +tenant +state +expires +saved +version +key$/m)
        expect(text.stdout).toMatch(
          /^[0-9a-f]{8}  crm +acme\.example +fresh +in 59m \d+s +\S+ ago +1 +2026-01$/m
        )
        expect(text.stdout).toMatch(/^[0-9a-f]{8}  graph +presenting for 15m/m)

        const some = yield* command.run(
          ["--json", "store", "--provider", "crm", "list", "--tenant", "globex.example"],
          { env: store.env }
        )
        expect((JSON.parse(some.stdout) as Listed).records.map(({ id }) => id)).toEqual([globex.id])
      })
    )

    it.scoped(`in ${name}: remove removes the named records, and nothing else`, () =>
      Effect.gen(function* () {
        const command = yield* CommandLine.CommandLine
        const store = yield* make
        yield* seed(store, older, records)
        const run = (...args: ReadonlyArray<string>) =>
          command.run(["store", "remove", ...args], { env: store.env })
        const listed = yield* command.run(["store", "list", "--json"], { env: store.env })
        const shortId = (JSON.parse(listed.stdout) as Listed).records[0]?.shortId ?? ""

        // it asks, and there is nobody to ask
        const unasked = yield* run(shortId)
        expect([unasked.code, unasked.stdout]).toEqual([1, ""])
        expect(unasked.stderr).toContain("--yes")
        const unknown = yield* run("--yes", "--tenant", "nobody")
        expect([unknown.code, unknown.stdout]).toEqual([1, ""])
        const keys = records.map(({ key }) => key)
        expect(yield* contents(store, older, keys)).toEqual(records.map(({ content }) => content))

        const byShortId = yield* run(shortId, "--yes")
        expect(byShortId).toMatchObject({ code: 0, stdout: `removed  ${shortId}  crm  acme.example\n` })
        expect(yield* contents(store, older, keys)).toEqual([
          undefined,
          "the second",
          "the third",
          "the fourth"
        ])
        const byId = yield* run(mail.id, "--yes", "--json")
        expect(JSON.parse(byId.stdout)).toMatchObject({ records: [{ id: mail.id, outcome: "removed" }] })
        const byOwner = yield* run("--provider", "crm", "--yes")
        expect(byOwner.code).toBe(0)
        expect(yield* contents(store, older, keys)).toEqual([undefined, undefined, "the third", undefined])
        // a record that no key opens any more can be removed as well
        yield* seed(store, lost, [{ key: acme, content: "locked away" }])
        expect((yield* run("--tenant", "acme.example", "--yes")).code).toBe(0)
        const left = yield* command.run(["store", "list", "--json"], { env: store.env })
        expect((JSON.parse(left.stdout) as Listed).records.map(({ id }) => id)).toEqual([graph.id])
      })
    )

    it.scoped(`in ${name}: rekey seals with the newest key, and reports what it cannot open`, () =>
      Effect.gen(function* () {
        const command = yield* CommandLine.CommandLine
        const store = yield* make
        yield* seed(store, older, records)
        yield* seed(store, `${newer},${older}`, [{ key: mail, content: "the fifth" }])
        const rekey = (keys: string, ...args: ReadonlyArray<string>) =>
          command.run(["store", "rekey", ...args], { env: { ...store.env, OAUTH_STORE_KEYS: keys } })

        const wrong = yield* rekey(newer, "--json")
        expect(wrong.code).toBe(1)
        expect(JSON.parse(wrong.stdout)).toMatchObject({
          key: "2026-11",
          rekeyed: 0,
          current: 1,
          gone: 0,
          busy: [],
          undecryptable: [{ id: acme.id }, { id: globex.id }, { id: graph.id }]
        })
        const told = yield* rekey(newer)
        expect(told.stdout).toMatch(/^ {2}3 +that no key opens/m)
        expect(told.stdout).toMatch(/^ {4}[0-9a-f]{8} {2}crm {2}acme\.example$/m)
        expect(told.stdout).toContain("3 records left: the other keys have to stay")

        const both = yield* rekey(`${newer},${older}`)
        expect(both).toMatchObject({ code: 0, stderr: "" })
        expect(both.stdout.split("\n")).toEqual([
          "sealed with 2026-11",
          "  3  sealed anew",
          "  1  sealed with it already",
          "  0  removed meanwhile",
          "the other keys can go",
          ""
        ])
        expect(yield* contents(store, newer, [acme, globex, graph, mail])).toEqual([
          "the first",
          "the second",
          "the third",
          "the fifth"
        ])
        const listed = yield* command.run(["store", "list", "--json"], { env: store.env })
        const found = (JSON.parse(listed.stdout) as Listed).records
        expect(found.map(({ key, version }) => [key, version])).toEqual([
          ["2026-11", 2],
          ["2026-11", 2],
          ["2026-11", 2],
          ["2026-11", 2]
        ])
      })
    )

    it.scoped(`in ${name}: check runs every step, says what to do, and leaves no record`, () =>
      Effect.gen(function* () {
        const command = yield* CommandLine.CommandLine
        const store = yield* make
        yield* seed(store, older, records)
        const check = (keys: string, ...args: ReadonlyArray<string>) =>
          command.run(["store", "check", ...args], { env: { ...store.env, OAUTH_STORE_KEYS: keys } })

        const good = yield* check(older, "--json")
        expect([good.code, good.stderr]).toEqual([0, ""])
        expect(JSON.parse(good.stdout)).toMatchObject({
          passed: true,
          steps: [
            { step: "reach", outcome: "passed" },
            { step: "read", outcome: "passed", facts: { records: 4 } },
            { step: "open", outcome: "passed", facts: { key: "2026-01", olderKey: [], undecryptable: [] } },
            { step: "marks", outcome: "warning", facts: { old: [{ id: graph.id }] } },
            { step: "lease", outcome: "passed" },
            { step: "write", outcome: "passed" }
          ]
        })

        const behind = yield* check(`${newer},${older}`)
        expect(behind.code).toBe(0)
        expect(behind.stdout).toMatch(/^ {2}ok +reach /m)
        expect(behind.stdout).toMatch(/^ {2}warning +open +all of them, 4 records with an older key than/m)
        expect(behind.stdout).toContain("`effect-oauth store rekey`")

        const closed = yield* check(newer)
        expect(closed.code).toBe(1)
        expect(closed.stdout).toMatch(/^ {2}failed +open +StoreFailure \(Undecryptable\)$/m)
        expect(closed.stdout).toMatch(/^ {2}ok +write /m)

        const listed = yield* command.run(["store", "list", "--json"], { env: store.env })
        expect((JSON.parse(listed.stdout) as Listed).records).toHaveLength(4)
        expect(
          yield* contents(
            store,
            older,
            records.map(({ key }) => key)
          )
        ).toEqual(records.map(({ content }) => content))
      })
    )

    it.scoped(`in ${name}: remove on a terminal shows the records, and asks for one key`, () =>
      Effect.gen(function* () {
        const command = yield* CommandLine.CommandLine
        const store = yield* make
        yield* seed(store, older, records)
        const answered = (key: string) =>
          onTerminal(command, ["store", "remove", "--provider", "crm"], {
            columns: 120,
            rows: 24,
            env: store.env,
            steps: [
              ["expect", "Remove 2 records? [y/N] "],
              ["send", key]
            ]
          })
        const no = yield* answered("\r")
        expect(no.code).toBe(1)
        expect(no.written).toContain("acme.example")
        expect(no.written).toContain("[y/N] no")
        const interrupted = yield* answered("\u0003")
        expect(interrupted.code).toBe(130)
        expect(yield* contents(store, older, [acme, globex])).toEqual(["the first", "the second"])
        const yes = yield* answered("y")
        expect(yes.code).toBe(0)
        expect(yes.written).toContain("[y/N] yes")
        expect(yield* contents(store, older, [acme, globex, graph])).toEqual([
          undefined,
          undefined,
          "the third"
        ])
      })
    )
  }
})
