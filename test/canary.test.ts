import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Public from "effect-oauth"
import { TokenEvent } from "effect-oauth"
import * as Testing from "effect-oauth/testing"
import { core } from "./canary/core.js"
import { doubles } from "./canary/doubles.js"
import { http } from "./canary/http.js"
import type { Entry } from "./canary/lives.js"
import { presets } from "./canary/presets.js"
import { marks, marksIn } from "./canary/marks.js"
import { renderings } from "./canary/renderings.js"
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
          // an exchange by itself is not traced
          if (member !== "TokenEndpoint.exchange") expect(spans).toBeGreaterThan(0)
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
