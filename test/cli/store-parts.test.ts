import { describe, expect, it } from "@effect/vitest"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { putCommandFirst, wrongSubcommand } from "../../src/cli/effectCliWorkarounds.js"
import { parseInstant } from "../../src/cli/events/read.js"
import { stepLines } from "../../src/cli/store/check.js"
import { namesText, table } from "../../src/cli/store/describe.js"
import { keyIdOf, inspect, list, stateOf } from "../../src/cli/store/records.js"
import { openStore } from "../../src/cli/store/open.js"
import { parse } from "../../src/cli/store/location.js"
import { probeKey, takeLease, writeProbe } from "../../src/cli/store/probe.js"
import { leftOf } from "../../src/cli/store/rekey.js"
import { removeOne, targets } from "../../src/cli/store/remove.js"
import { plain } from "../../src/cli/render/style.js"
import * as MemoryTokenStore from "../../src/store/MemoryTokenStore.js"
import { seal } from "../../src/store/SealedTokenStore.js"
import * as TokenCipher from "../../src/store/TokenCipher.js"
import type { LeasedService } from "../../src/store/TokenStore.js"
import { never } from "../../src/token/AccessToken.js"
import { entryOf, recordKey, secretKey } from "../store/support/keys.js"

const older = secretKey("older", 1)
const newer = secretKey("newer", 2)

/** A store as it stands, with records that one key has sealed. */
const sealedStore = (ids: ReadonlyArray<string>, key = older) =>
  Effect.gen(function* () {
    const store = yield* MemoryTokenStore.make
    const sealed = seal(store, yield* TokenCipher.make([key]))
    for (const id of ids) yield* sealed.save(entryOf(recordKey(id), id), 0)
    return { store, sealed }
  })

const summary = (record: { expiresAt?: DateTime.Utc; presentedAt?: DateTime.Utc }) => ({
  expiresAt: Option.fromNullable(record.expiresAt),
  presentedAt: Option.fromNullable(record.presentedAt)
})

describe("the setting of a store", () => {
  const shown = (text: string) =>
    Option.getOrNull(Option.map(parse(Redacted.make(text)), ({ _tag, shown }) => `${_tag} ${shown}`))

  it("accepts a folder, a file or a server, and shows it without credentials", () => {
    expect(
      ["files:/a", "files:///a", "files:a b", "sqlite:/a.db", " sqlite:///a.db\n", "sqlite:a.db"].map(shown)
    ).toEqual([
      "Files files:/a",
      "Files files:/a",
      "Files files:a b",
      "Sqlite sqlite:/a.db",
      "Sqlite sqlite:/a.db",
      "Sqlite sqlite:a.db"
    ])
    expect(
      [
        "postgres://app:pw@h:5432/db?sslmode=require",
        "postgresql://app:p%40w@h/db",
        "postgres://app@[::1]/db"
      ].map(shown)
    ).toEqual(["Postgres postgres://h:5432/db", "Postgres postgres://h/db", "Postgres postgres://[::1]/db"])
  })

  it("accepts nothing else", () => {
    const others = ["", "files", "files:", "files://host/a", "sqlite:", "sqlite::memory:", "file:/a", "h/db"]
    const broken = ["postgres://app:1/2@h/db", "postgres://app:1#2@h/db", "postgres://a:1?2@h/d"]
    expect([...others, ...broken].map(shown)).toEqual([...others, ...broken].map(() => null))
  })
})

it.scoped("openStore refuses a store in files on Windows, and says what to use instead", () =>
  Effect.gen(function* () {
    const problem = yield* Effect.flip(
      openStore(Option.getOrThrow(parse(Redacted.make("files:/var/lib/tokens"))))
    )
    expect(problem).toMatchObject({ tag: "NoStore", reason: "Unsupported" })
    expect(problem.message).toContain("does not work on Windows")
    expect(problem.remedy).toContain("Name a database in OAUTH_STORE")
  }).pipe(Effect.provide([NodeFileSystem.layer, NodePath.layerWin32]))
)

describe("parseInstant", () => {
  const now = DateTime.unsafeMake("2026-11-21T08:00:00Z")
  const at = (text: string) => Option.getOrNull(Option.map(parseInstant(text, now), DateTime.formatIso))

  it("accepts a time span before now or an instant", () => {
    expect(["90s", "30m", "1h", "7d", "2w", "2026-11-20", "2026-11-21T06:30:00+02:00"].map(at)).toEqual([
      "2026-11-21T07:58:30.000Z",
      "2026-11-21T07:30:00.000Z",
      "2026-11-21T07:00:00.000Z",
      "2026-11-14T08:00:00.000Z",
      "2026-11-07T08:00:00.000Z",
      "2026-11-20T00:00:00.000Z",
      "2026-11-21T04:30:00.000Z"
    ])
    expect(["", "1", "h", "1y", "-1h", "1.5h", "yesterday", "2026", "2026-13-01"].map(at)).toEqual(
      Array.from({ length: 9 }, () => null)
    )
  })
})

describe("arguments of a store", () => {
  it("putCommandFirst moves commands and subcommands in front of their options", () => {
    const orders = [
      "store list --json",
      "store --json list",
      "--json store list",
      "--store files:x store --provider crm remove abcd --yes",
      "--type Rejected events --limit 3",
      "store",
      "store --help"
    ]
    expect(orders.map((args) => putCommandFirst(args.split(" ")).join(" "))).toEqual([
      "store list --json",
      "store list --json",
      "store list --json",
      "store remove --store files:x --provider crm abcd --yes",
      "events --type Rejected --limit 3",
      "store",
      "store --help"
    ])
  })

  it("wrongSubcommand names an unknown subcommand", () => {
    expect(wrongSubcommand(["store", "lst"])).toContain("there is no store lst")
    const right = [["store", "list"], ["store"], ["store", "--help"], ["token", "lst"], []]
    expect(right.map(wrongSubcommand)).toEqual(right.map(() => undefined))
  })
})

describe("a record of a store", () => {
  it("has a state by its instants", () => {
    const now = DateTime.unsafeMake(10_000)
    const [past, future] = [DateTime.unsafeMake(10_000), DateTime.unsafeMake(10_001)]
    expect(
      [{ expiresAt: future }, { expiresAt: past }, {}, { expiresAt: never }, { presentedAt: past }].map(
        (record) => stateOf(summary(record), now)
      )
    ).toEqual(["fresh", "expired", "no token", "fresh", "presenting"])
  })

  it.effect("names the key that sealed it, without any key", () =>
    Effect.gen(function* () {
      const { store } = yield* sealedStore(["sealed"])
      yield* seal(store, TokenCipher.plainText).save(entryOf(recordKey("plain"), "x"), 0)
      const wrong = [
        "",
        "{}",
        '{"protected":"!"}',
        `{"protected":"${Buffer.from('{"kid":"a\\u001b[2J"}').toString("base64url")}"}`
      ]
      for (const text of wrong) yield* store.save(entryOf(recordKey(`wrong ${text}`), text), 0)
      const records = yield* inspect(store, yield* list(store))
      expect(records.map(({ sealedWith }) => sealedWith)).toEqual([
        { _tag: "PlainText" },
        { _tag: "Key", id: "older" },
        ...wrong.map(() => ({ _tag: "Unknown" }))
      ])
      const { record } = yield* store.load(recordKey("sealed"))
      expect(yield* keyIdOf(Option.getOrThrow(record))).toEqual({ _tag: "Key", id: "older" })
      const [head = "", first = ""] = table(records, yield* DateTime.now, plain)
      expect(head.split(/ {2,}/)).toEqual([
        "id",
        "provider",
        "tenant",
        "state",
        "expires",
        "saved",
        "version",
        "key"
      ])
      expect(first).toMatch(/^[0-9a-f]{8} {2}a-provider {2}a-tenant {2}no token .* 1 +plain text$/)
    })
  )

  it.effect("is selected by its id, by the beginning of its digest, or by its owner", () =>
    Effect.gen(function* () {
      const { store } = yield* sealedStore(["one", "two", "three"])
      const records = yield* list(store)
      const meant = (id: string | undefined, provider?: string, tenant?: string) =>
        Either.match(
          targets(records, {
            id: Option.fromNullable(id),
            provider: Option.fromNullable(provider),
            tenant: Option.fromNullable(tenant)
          }),
          { onLeft: ({ reason }) => reason, onRight: (found) => found.map(({ key }) => key.id).join(" ") }
        )
      const shortId = records.find(({ key }) => key.id === "two")?.shortId ?? ""
      expect(shortId).toHaveLength(8)
      expect([meant("two"), meant(shortId), meant(shortId.slice(0, 4))]).toEqual(["two", "two", "two"])
      expect(meant(undefined, "a-provider")).toBe("one three two")
      expect(meant(undefined, undefined, "a-tenant")).toBe("one three two")
      expect([meant(undefined), meant("tw"), meant("two", "another"), meant(shortId.slice(0, 3))]).toEqual([
        "Missing",
        "NotFound",
        "NotFound",
        "NotFound"
      ])
      // two records whose digests begin alike
      const twins = records.map((record) => ({ ...record, digest: `abcd${record.digest}` }))
      const none = { provider: Option.none<string>(), tenant: Option.none<string>() }
      const ambiguous = targets(twins, { id: Option.some("abcd"), ...none })
      expect(Either.isLeft(ambiguous) && ambiguous.left.reason).toBe("Ambiguous")
      expect(namesText([...records, ...records])).toMatch(
        /^([0-9a-f]{8} a-provider a-tenant, ){4}.* and 1 more$/
      )
    })
  )

  it.effect("has a unique short id, even if two digests share their first eight digits", () =>
    Effect.gen(function* () {
      const { store } = yield* sealedStore(["record-17272", "record-20509"])
      const records = yield* list(store)
      expect(records.map(({ shortId }) => shortId)).toEqual(["1ac804d8e", "1ac804d8f"])
      const meant = records.map(({ shortId }) =>
        Either.map(
          targets(records, { id: Option.some(shortId), provider: Option.none(), tenant: Option.none() }),
          (found) => found.map(({ key }) => key.id)
        )
      )
      expect(meant).toEqual([Either.right(["record-17272"]), Either.right(["record-20509"])])
    })
  )

  it.effect("is selected by its whole id before another record by the beginning of its digest", () =>
    Effect.gen(function* () {
      // the digest of the first id begins with the second one
      const { store } = yield* sealedStore(["record-17272", "1ac804d8"])
      const found = targets(yield* list(store), {
        id: Option.some("1ac804d8"),
        provider: Option.none(),
        tenant: Option.none()
      })
      expect(Either.map(found, (records) => records.map(({ key }) => key.id))).toEqual(
        Either.right(["1ac804d8"])
      )
    })
  )

  it.effect("is not selected by an owner whose name differs in one character or is empty", () =>
    Effect.gen(function* () {
      const store = yield* MemoryTokenStore.make
      const owners = [
        { provider: "mail", tenant: "acme" },
        { provider: "mail", tenant: "acm" },
        { provider: "mail", tenant: undefined },
        { provider: "mail2", tenant: "acme" }
      ]
      for (const owner of owners) {
        const id = `${owner.provider}/${owner.tenant ?? "nobody"}`
        yield* store.save(entryOf({ ...owner, id }, "x"), 0)
      }
      const records = yield* list(store)
      const meant = (provider: string | undefined, tenant?: string) =>
        Either.match(
          targets(records, {
            id: Option.none(),
            provider: Option.fromNullable(provider),
            tenant: Option.fromNullable(tenant)
          }),
          { onLeft: ({ reason }) => reason, onRight: (found) => found.map(({ key }) => key.id) }
        )
      expect(meant("mail2")).toEqual(["mail2/acme"])
      expect(meant("mail", "acm")).toEqual(["mail/acm"])
      expect(meant("mail", "acme")).toEqual(["mail/acme"])
      for (const provider of ["mai", "ail", "mail22", "Mail", ""]) expect(meant(provider)).toBe("NotFound")
      for (const tenant of ["ac", "cme", "acmee", "Acme", ""]) expect(meant("mail", tenant)).toBe("NotFound")
    })
  )

  it.effect("is not removed if it was changed since it was listed", () =>
    Effect.gen(function* () {
      const { sealed, store } = yield* sealedStore(["removed", "changed", "gone"])
      const records = yield* list(store)
      yield* sealed.save(entryOf(recordKey("changed"), "anew"), 1)
      yield* store.remove(recordKey("gone"), 1)
      const outcomes = yield* Effect.forEach(records, (record) => removeOne(store, record))
      expect(outcomes.map(({ outcome, record }) => [record.key.id, outcome])).toEqual([
        ["changed", "changed"],
        ["gone", "gone"],
        ["removed", "removed"]
      ])
      expect(Option.isSome((yield* store.load(recordKey("changed"))).record)).toBe(true)
    })
  )

  it.effect("is reported by rekey if a key other than the newest sealed it", () =>
    Effect.gen(function* () {
      const { store } = yield* sealedStore(["busy", "closed"])
      yield* seal(store, yield* TokenCipher.make([newer])).save(entryOf(recordKey("current"), "x"), 0)
      const counts = { rekeyed: 0, current: 1, gone: 0, busy: 1, undecryptable: ["closed"] }
      const left = yield* leftOf(store, counts, "newer")
      expect(left.busy.map(({ key }) => key.id)).toEqual(["busy"])
      expect(left.undecryptable.map(({ key }) => key.id)).toEqual(["closed"])
    })
  )
})

describe("the probe of a store", () => {
  const change = (store: LeasedService, changes: Partial<LeasedService>): LeasedService => ({
    ...store,
    ...changes
  })

  it.effect("reports a lease that cannot be acquired, and one that is lost", () =>
    Effect.gen(function* () {
      const store = yield* MemoryTokenStore.make
      expect((yield* takeLease(store)).text).toContain("renewed")
      // it was ended: the next one need not wait
      expect((yield* takeLease(store)).text).toContain("renewed")
      const lost = change(store, { renew: () => Effect.succeedNone })
      expect((yield* Effect.flip(takeLease(lost))).reason).toBe("Lost")
      yield* store.acquire(probeKey, "another", Duration.minutes(1))
      expect((yield* Effect.flip(takeLease(store))).reason).toBe("Busy")
    })
  )

  it.effect("leaves a version and no record, even after a check that was killed", () =>
    Effect.gen(function* () {
      const store = yield* MemoryTokenStore.make
      const cipher = yield* TokenCipher.make([newer])
      expect((yield* writeProbe(store, cipher)).text).toContain("saved, loaded and removed")
      expect(yield* list(store)).toEqual([])
      const left = seal(store, yield* TokenCipher.make([older]))
      const { version } = yield* store.load(probeKey)
      yield* left.save(entryOf(probeKey, "left behind"), version)
      yield* writeProbe(store, cipher)
      expect(yield* list(store)).toEqual([])
    })
  )

  it.effect("reports a store that loses, confuses or overwrites records", () =>
    Effect.gen(function* () {
      const store = yield* MemoryTokenStore.make
      const ciphers = [yield* TokenCipher.make([newer]), TokenCipher.plainText]
      const blindSave: LeasedService["save"] = (entry) =>
        Effect.flatMap(store.load(entry.key), ({ version }) => store.save(entry, version))
      const blindRemove: LeasedService["remove"] = (key) =>
        Effect.flatMap(store.load(key), ({ version }) => store.remove(key, version))
      const faulty = [
        change(store, { save: () => Effect.succeedSome(1) }),
        change(store, { save: () => Effect.succeedNone }),
        change(store, { remove: () => Effect.succeed(true) }),
        change(store, {
          save: (entry, expected) => Effect.asSome(Effect.as(blindSave(entry, expected), expected + 1)),
          remove: blindRemove
        })
      ]
      for (const one of faulty) {
        for (const cipher of ciphers) {
          const problem = yield* Effect.flip(writeProbe(one, cipher))
          expect(["NotKept", "StoreFailure"]).toContain(problem.tag)
        }
      }
    })
  )
})

describe("a step of a store's check", () => {
  it("is rendered as one line, and more if there is something to do", () => {
    expect(stepLines({ step: "read", outcome: "passed", text: "4 records" }, plain)).toEqual([
      "  ok       read   4 records"
    ])
    expect(stepLines({ step: "marks", outcome: "skipped", reason: "earlier" }, plain)).toEqual([
      "  skipped  marks  earlier"
    ])
    expect(
      stepLines({ step: "open", outcome: "warning", text: "one ".repeat(30).trim(), advice: "do" }, plain)
    ).toEqual([
      `  warning  open   ${"one ".repeat(20).trim()}`,
      `                  ${"one ".repeat(10).trim()}`,
      "                  do"
    ])
  })
})
