import * as Cache from "effect/Cache"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { AccessToken } from "simple-oauth2"
import { ClientCredentials } from "simple-oauth2"
import type { Report } from "../lib/report.js"
import { atMost, number, quartiles, time, times, withUnit } from "../lib/report.js"
import { elapsed, figuresOf, interleaved } from "../lib/rounds.js"
import { quantile, seeded, spreadOf } from "../lib/statistics.js"
import { Grant, TenantProvider, TokenKey } from "../library.js"
import { tokenOf } from "../server/protocol.js"
import type { Measure } from "./measure.js"

/** Tenants and their tokens, which are there before anything is kept of them. */
interface Tenants {
  readonly names: ReadonlyArray<string>
  readonly tokens: ReadonlyArray<string>
}

/** Tokens kept by tenant: it is filled with every tenant's, and then asked, in one way or several. */
interface Keeper {
  readonly name: string
  readonly fill: (tenants: Tenants) => Effect.Effect<() => Ways, unknown, Scope.Scope>
}

type Ways = Readonly<Record<string, Asked>>

/** Gets for these tenants; the value is that of the last. */
type Asked = (order: ReadonlyArray<number>) => Effect.Effect<string, unknown>

const lifetime = 3600

/** In one fiber, one after the other. */
const inFiber =
  (get: (tenant: number) => Effect.Effect<string, unknown>): Asked =>
  (order) =>
    Effect.gen(function* () {
      let last = ""
      for (const tenant of order) last = yield* get(tenant)
      return last
    })

const inLoop =
  (get: (tenant: number) => string): Asked =>
  (order) =>
    Effect.sync(() => {
      let last = ""
      for (const tenant of order) last = get(tenant)
      return last
    })

const providerOf = ({ tokens, names }: Tenants) => {
  const tokenOfTenant = new Map(names.map((name, tenant) => [name, tokens[tenant]!]))
  return TenantProvider.make("bench", {
    capacity: names.length,
    grant: (key, name) =>
      Effect.succeed(
        Grant.make({
          name,
          request: () =>
            Effect.sync(() => ({
              value: Redacted.make(tokenOfTenant.get(key.tenant ?? "") ?? ""),
              expiresIn: Duration.seconds(lifetime)
            }))
        })
      )
  })
}

const libraryName = "effect-oauth: TenantProvider"
const withKey = "get, by a key made once"

const library: Keeper = {
  name: libraryName,
  fill: (tenants) =>
    Effect.gen(function* () {
      const provider = yield* providerOf(tenants)
      const get = (fields: TokenKey.Fields) =>
        Effect.map(provider.get(fields), (token) => Redacted.value(token.value))
      const tokenOf = (tenant: number) => get({ tenant: tenants.names[tenant] })
      yield* Effect.forEach(tenants.names.keys(), tokenOf, { discard: true })
      return () => {
        const keys = tenants.names.map((tenant) => TokenKey.make({ tenant }))
        return {
          [withKey]: inFiber((tenant) => get(keys[tenant]!)),
          "get, by its fields": inFiber(tokenOf)
        }
      }
    })
}

const mapName = "a Map of objects"

const plainMap: Keeper = {
  name: mapName,
  fill: ({ names, tokens }) =>
    Effect.sync(() => {
      const kept = new Map(
        names.map((name, tenant) => [
          name,
          { token: tokens[tenant]!, expiresAt: Date.now() + lifetime * 1000 }
        ])
      )
      const get = (tenant: number) => {
        const entry = kept.get(names[tenant]!)
        return entry !== undefined && Date.now() < entry.expiresAt ? entry.token : ""
      }
      return () => ({ get: inLoop(get) })
    })
}

const effectCache: Keeper = {
  name: "effect/Cache",
  fill: (tenants) =>
    Effect.gen(function* () {
      const tokenOfTenant = new Map(tenants.names.map((name, tenant) => [name, tenants.tokens[tenant]!]))
      const cache = yield* Cache.make({
        capacity: tenants.names.length,
        timeToLive: Duration.seconds(lifetime),
        lookup: (name: string) => Effect.sync(() => tokenOfTenant.get(name) ?? "")
      })
      yield* Effect.forEach(tenants.names, (name) => cache.get(name), { discard: true })
      return () => ({ get: inFiber((tenant) => cache.get(tenants.names[tenant]!)) })
    })
}

const simpleOauth2: Keeper = {
  name: "a Map of simple-oauth2 objects",
  fill: ({ names, tokens }) =>
    Effect.sync(() => {
      const kept = new Map<string, AccessToken>()
      for (const [tenant, name] of names.entries()) {
        // a client for each tenant, as each has a credential of its own
        const client = new ClientCredentials({
          client: { id: name, secret: "not-a-secret" },
          auth: { tokenHost: "https://localhost", tokenPath: "/token" }
        })
        kept.set(name, client.createToken({ access_token: tokens[tenant]!, expires_in: lifetime }))
      }
      const get = (tenant: number) => {
        const token = kept.get(names[tenant]!)
        return token === undefined || token.expired(300) ? "" : token.token.access_token
      }
      return () => ({ get: inLoop(get) })
    })
}

const keepers: ReadonlyArray<Keeper> = [library, plainMap, effectCache, simpleOauth2]

/** Strings as they come from a server: flat, each of its own. */
const tenantsOf = (size: number): Tenants => {
  const flat = (text: string) => Buffer.from(text).toString()
  const numbers = Array.from({ length: size }, (_, at) => at)
  return {
    names: numbers.map((at) => flat(`tenant-${String(at)}`)),
    tokens: numbers.map((at) => flat(tokenOf("tenant", at)))
  }
}

const heap = (): number => {
  if (globalThis.gc === undefined) throw new Error("needs --expose-gc")
  globalThis.gc()
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

const few = 10
const gets = 10_000

/** How one keeper of one size did. */
interface Kept {
  readonly name: string
  readonly size: number
  readonly bytes: number
  readonly ways: Ways
}

const keep = (
  keeper: Keeper,
  size: number,
  wrong: Array<string>
): Effect.Effect<Kept, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const tenants = tenantsOf(size)
    const before = heap()
    const waysOf = yield* keeper.fill(tenants)
    const bytes = (heap() - before) / size
    const ways = waysOf()
    for (const [way, asked] of Object.entries(ways)) {
      for (const tenant of [0, size >> 1, size - 1]) {
        if ((yield* asked([tenant])) !== tenants.tokens[tenant]) {
          wrong.push(`${keeper.name}, ${way}: tenant ${String(tenant)} got another token than its own`)
        }
      }
    }
    return { name: keeper.name, size, bytes, ways }
  })

const labelOf = (name: string, way: string, size: number) => `${name}, ${way}, ${number(size)}`

export const tenants: Measure = {
  name: "tenants",
  run: ({ quick }) =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const wrong: Array<string> = []
          const kept: Array<Kept> = []
          const sizes = [few, 1_000, quick ? 10_000 : 100_000]
          for (const keeper of keepers) {
            for (const size of sizes) kept.push(yield* keep(keeper, size, wrong))
          }
          const rounds = quick ? 3 : 31
          const random = seeded(7)
          const orders = new Map(
            sizes.map((size) => [size, Array.from({ length: gets }, () => Math.floor(random() * size))])
          )
          const subjects = kept.flatMap(({ name, size, ways }) =>
            Object.entries(ways).map(([way, asked]) => ({
              name: labelOf(name, way, size),
              round: async () => (await elapsed(() => Effect.runPromise(asked(orders.get(size)!)))) / gets
            }))
          )
          const figures = yield* Effect.promise(() => interleaved(subjects, rounds))
          return reportOf(kept, sizes, figures, rounds, wrong)
        })
      )
    )
}

const reportOf = (
  kept: ReadonlyArray<Kept>,
  sizes: ReadonlyArray<number>,
  figures: ReadonlyMap<string, ReadonlyArray<number>>,
  rounds: number,
  wrong: ReadonlyArray<string>
): Report => {
  const many = Math.max(...sizes)
  const timeOf = (name: string, way: string, size: number) =>
    quantile(figuresOf(figures, labelOf(name, way, size)), 0.5)
  const growthOf = (name: string, way: string) => timeOf(name, way, many) / timeOf(name, way, few)
  const kilobytes = (bytes: number) => withUnit(bytes / 1000, "kB")
  const ways = kept
    .filter(({ size }) => size === many)
    .flatMap(({ bytes, name, ways }) => Object.keys(ways).map((way) => ({ name, way, bytes })))
  const [own, map] = [libraryName, mapName].map((name) => ways.find((way) => way.name === name)!)
  return {
    name: "tenants",
    title: `Tokens of ${number(many)} tenants`,
    how: `Bytes by entry are what the heap grew by when the tenants' tokens were put in, beside the tokens and the tenants' names themselves. Then ${number(gets)} gets of tenants at random, ${String(rounds)} rounds, interleaved; inside a fiber where the keeper is an Effect.`,
    columns: [
      "tokens by tenant",
      "",
      "an entry",
      ...sizes.map((size) => `of ${number(size)}`),
      "quartiles",
      "growth"
    ],
    rows: ways.map(({ bytes, name, way }) => [
      name,
      way,
      kilobytes(bytes),
      ...sizes.map((size) => time(timeOf(name, way, size))),
      quartiles(spreadOf(figuresOf(figures, labelOf(name, way, many))), time),
      times(growthOf(name, way))
    ]),
    figures: Object.fromEntries(
      ways.map(({ bytes, name, way }) => [
        `${name}, ${way}`,
        {
          bytes,
          growth: growthOf(name, way),
          ...Object.fromEntries(sizes.map((size) => [`of ${String(size)}`, timeOf(name, way, size)]))
        }
      ])
    ),
    targets: [
      atMost("bytes by entry, beside its token (an aim)", own!.bytes, 1000, kilobytes),
      atMost(
        `growth of a get, from ${number(few)} to ${number(many)} (a Map's own)`,
        growthOf(libraryName, withKey),
        growthOf(mapName, map!.way),
        times
      )
    ],
    charts: [
      {
        title: "Bytes by tenant, beside the token (log scale)",
        unit: "B",
        bars: ways
          .filter(({ way }) => way === "get" || way === withKey)
          .map(({ bytes, name }) => [name, bytes])
      }
    ],
    wrong
  }
}
