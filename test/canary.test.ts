import { afterAll, describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as MutableHashMap from "effect/MutableHashMap"
import * as Public from "effect-oauth"
import * as Auth0 from "effect-oauth/auth0"
import { TokenEvent } from "effect-oauth"
import * as Configuration from "effect-oauth/config"
import * as Sql from "effect-oauth/sql"
import * as Testing from "effect-oauth/testing"
import { readFileSync } from "node:fs"
import { inspect } from "node:util"
import { auth0Users } from "./auth0/support/canary.js"
import { config } from "./canary/config.js"
import { doubles } from "./canary/doubles.js"
import { errors } from "./canary/errors.js"
import { http } from "./canary/http.js"
import type { Entry } from "./canary/lives.js"
import { marks, marksIn } from "./canary/marks.js"
import { presets } from "./canary/presets.js"
import { events, providers } from "./canary/providers.js"
import { renderings } from "./canary/renderings.js"
import { sharedCaches } from "./canary/sharing.js"
import { sqlStores, stores } from "./canary/stores.js"
import { telemetry } from "./canary/telemetry.js"
import { tenants } from "./canary/tenants.js"
import { values } from "./canary/values.js"
import { wire } from "./canary/wire.js"
import { witness } from "./canary/witness.js"

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>
}

/** Every value that users can import: the members of namespaces, and what stands beside those. */
const exportsOf = (entryPoint: object): ReadonlyMap<string, unknown> =>
  new Map(
    Object.entries(entryPoint).flatMap(([name, value]: [string, unknown]) =>
      Object.prototype.toString.call(value) === "[object Module]"
        ? Object.entries(value as object).map(([member, value]) => [`${name}.${member}`, value] as const)
        : [[name, value] as const]
    )
  )

interface EntryPoint {
  readonly exported: ReadonlyMap<string, unknown>
  readonly table: Readonly<Record<string, Entry>>
}

const entryPoints: Readonly<Record<string, EntryPoint>> = {
  ".": {
    exported: exportsOf(Public),
    table: {
      ...values,
      ...wire,
      ...errors,
      ...events,
      ...providers,
      ...tenants,
      ...telemetry,
      ...sharedCaches,
      ...stores,
      ...presets,
      ...http
    }
  },
  "./auth0": { exported: exportsOf(Auth0), table: auth0Users },
  "./config": { exported: exportsOf(Configuration), table: config },
  "./sql": { exported: exportsOf(Sql), table: sqlStores },
  "./testing": { exported: exportsOf(Testing), table: doubles }
}

it("S22 the canary knows what every entry point of the package exports", async () => {
  const paths = Object.entries(manifest.exports).flatMap(([path, target]) =>
    typeof target === "string"
      ? []
      : [[path, target.default.replace(/^\.\/dist\/(.*)\.js$/, "../src/$1.ts")] as const]
  )
  expect(paths.map(([path]) => path)).toEqual(expect.arrayContaining(Object.keys(entryPoints)))
  for (const [path, source] of paths) {
    const module = (await import(new URL(source, import.meta.url).href)) as object
    const [, parent, namespace] = /^(.*)\/(.+)$/.exec(path) ?? []
    const exports = exportsOf(path in entryPoints ? module : { [namespace ?? path]: module })
    const { exported } = entryPoints[path] ?? entryPoints[parent ?? path]!
    expect([...exports].filter(([name, value]) => exported.get(name) !== value)).toEqual([])
  }
})

for (const [name, { exported, table }] of Object.entries(entryPoints)) {
  describe(`S22 ${name} shows no secret`, () => {
    it("and knows every export", () => {
      expect(Object.keys(table).sort()).toEqual([...exported.keys()].sort())
    })

    for (const [member, value] of exported) {
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

describe("S22 the canary sings", () => {
  const secret = marks.clientSecret
  const pair = Buffer.from(`a-client:${secret}`).toString("base64")
  const planted: Readonly<Record<string, Effect.Effect<unknown>>> = {
    "a value": Effect.succeed({ secret }),
    "a value, cut off": Effect.succeed([secret.slice(0, 20)]),
    "a value, in base64": Effect.succeed(new Error(`Basic ${pair}`)),
    "a value, in a URL": Effect.succeed(new URL(`https://example.com/?a=${encodeURIComponent(secret)}`)),
    "a value in a map in a cycle": Effect.sync(() => {
      const map = new Map<string, unknown>([["a", [secret]]])
      return map.set("itself", map)
    }),
    "a value that nobody enumerates": Effect.sync(() =>
      Object.defineProperty({}, "hidden", { value: secret })
    ),
    "a cause's cause": Effect.succeed(new Error("outer", { cause: new Error(secret) })),
    "a cause": Effect.succeed(Cause.parallel(Cause.empty, Cause.die(secret))),
    "a log": Effect.logTrace(secret),
    "an annotation of a log": Effect.annotateLogs(Effect.log("a message"), { secret }),
    "the cause of a log": Effect.logDebug(Cause.fail({ secret })),
    "what is printed": Effect.map(Effect.console, ({ unsafe }) => unsafe.log({ secret })),
    "a fiber that nobody looks at": Effect.flatMap(Effect.fork(Effect.fail(secret)), Fiber.await),
    "the name of a span": Effect.withSpan(Effect.void, secret),
    "an attribute of a span": Effect.withSpan(Effect.void, "a span", { attributes: { secret } }),
    "the exit of a span": Effect.withSpan(Effect.fail({ secret }), "a span").pipe(Effect.ignore),
    "what a span was a success with": Effect.asVoid(Effect.withSpan(Effect.succeed({ secret }), "a span")),
    "an event of a span": Effect.withSpan(
      Effect.flatMap(Effect.currentSpan, (span) => Effect.sync(() => span.event(secret, 0n))),
      "a span"
    ).pipe(Effect.ignore),
    "a link of a span": Effect.flatMap(Effect.currentSpan, (span) =>
      Effect.withSpan(Effect.void, "a span", { links: [{ _tag: "SpanLink", span, attributes: { secret } }] })
    ).pipe(Effect.ignore),
    "an event": Effect.map(TokenEvent.TokenEventSink, ({ emit }) =>
      emit(TokenEvent.TokenEvent.Cleared({ provider: secret, at: DateTime.unsafeMake(0) }))
    ),
    "a metric": Metric.update(Metric.tagged(Metric.counter("birds"), "secret", secret), 1)
  }

  // the metrics are those of the process, which other files of tests share, and Effect has no way to remove one
  afterAll(() => {
    const metrics = Reflect.get(Metric.globalMetricRegistry, "map") as MutableHashMap.MutableHashMap<
      unknown,
      unknown
    >
    for (const [key] of metrics) if (marksIn(inspect(key)).length > 0) MutableHashMap.remove(metrics, key)
  })

  for (const [name, leak] of Object.entries(planted)) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const { leaks } = yield* witness(Effect.map(leak, (value) => ({ shows: [value], holds: [secret] })))
        expect(leaks.join()).toContain(secret)
      })
    )
  }

  it.effect("only where there is something to sing about", () =>
    Effect.gen(function* () {
      const exhibits = [
        { shows: [], holds: [] },
        { shows: [], holds: [secret, "no secret"] }
      ]
      for (const exhibit of exhibits) {
        expect((yield* Effect.exit(witness(Effect.succeed(exhibit))))._tag).toBe("Failure")
      }
    })
  )
})
