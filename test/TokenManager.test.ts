import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import type { AccessToken, Grant, TokenError } from "effect-oauth"
import { StaticToken, TokenManager, TokenProvider } from "effect-oauth"
import { advance, settle } from "./support/clock.js"
import type { Step } from "./support/scriptedGrant.js"
import { issue, rejection, fail, hang, ScriptedGrant } from "./support/scriptedGrant.js"

type Script = readonly [Step, ...ReadonlyArray<Step>]

/** Providers over scripted grants, and how many of them are open. */
class Bench {
  open = 0
  closed = 0
  readonly grants = new Map<string, ScriptedGrant>()

  readonly make =
    (script: Script = [issue()], replay: Grant.Replay = "safe") =>
    (name: string) =>
      Effect.gen(this, function* () {
        const server = new ScriptedGrant(replay, ...script)
        this.grants.set(name, server)
        yield* Effect.acquireRelease(
          Effect.sync(() => this.open++),
          () =>
            Effect.sync(() => {
              this.open--
              this.closed++
            })
        )
        return yield* TokenProvider.make({ name, grant: server.grant })
      })

  requests(name: string): number {
    return this.grants.get(name)?.requests ?? 0
  }
}

/** A manager in a scope of its own. */
const managed = <A, E, R>(manager: Effect.Effect<A, E, R | Scope.Scope>) =>
  Effect.gen(function* () {
    const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
    return { tokens: yield* Scope.extend(manager, scope), close: Scope.close(scope, Exit.void) }
  })

const value = (token: AccessToken.AccessToken): string => Redacted.value(token.value)

const isInterruption = <A, E>(exit: Exit.Exit<A, E> | null): boolean =>
  exit !== null && Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause)

const messageOf = <A, R>(self: Effect.Effect<A, TokenError.TokenError, R>) =>
  Effect.map(Effect.flip(self), (error) => `${error._tag} ${error.message}`)

class VaultDown extends Data.TaggedError("VaultDown") {}

class Tokens extends TokenManager.Tag("test/Tokens")<Tokens, "graph" | "weather">() {}

describe("TokenManager", () => {
  it.scoped("gets each provider's token by its name", () =>
    Effect.gen(function* () {
      const tokens = yield* TokenManager.make({
        graph: new Bench().make([issue({ value: "of graph" })]),
        weather: (name) => StaticToken.make(name, { value: Redacted.make("of-weather") })
      })
      expect(value(yield* tokens.get("graph"))).toBe("of graph")
      expect(value(yield* tokens.get("weather"))).toBe("of-weather")
      expect((yield* tokens.provider("weather")).name).toBe("weather")
    })
  )

  it.scoped("gets a new token with force, and the one in hand without", () =>
    Effect.gen(function* () {
      const bench = new Bench()
      const tokens = yield* TokenManager.make({ graph: bench.make() })
      expect(value(yield* tokens.get("graph"))).toBe("token-1")
      expect(value(yield* tokens.get("graph", { force: false }))).toBe("token-1")
      expect(value(yield* tokens.get("graph", { force: undefined }))).toBe("token-1")
      expect(value(yield* tokens.get("graph", { force: true }))).toBe("token-2")
      expect(value(yield* tokens.get("graph"))).toBe("token-2")
    })
  )

  it.scoped("refreshes all at once, and one that fails stops no other", () =>
    Effect.gen(function* () {
      const bench = new Bench()
      const slow = issue({ takes: "2 seconds" })
      const tokens = yield* TokenManager.make({
        slow: bench.make([slow]),
        refused: bench.make([fail(rejection)]),
        slower: bench.make([slow])
      })
      const refreshing = yield* Effect.fork(tokens.refreshAll)
      yield* advance("2 seconds", "1 second")
      expect(refreshing.unsafePoll()).not.toBeNull()
      const outcomes = yield* Fiber.join(refreshing)
      expect([...outcomes.keys()]).toEqual(["slow", "refused", "slower"])
      expect([...outcomes.values()].map((exit) => exit._tag)).toEqual(["Success", "Failure", "Success"])
      expect(outcomes.get("refused")).toEqual(Exit.fail(rejection))
      yield* tokens.refreshAll.pipe(
        Effect.fork,
        Effect.tap(advance("2 seconds", "1 second")),
        Effect.flatMap(Fiber.join)
      )
      expect(bench.requests("slow")).toBe(2)
    })
  )

  it.scoped("clears one, or all", () =>
    Effect.gen(function* () {
      const bench = new Bench()
      const tokens = yield* TokenManager.make({ a: bench.make(), b: bench.make() })
      const both = Effect.zip(Effect.map(tokens.get("a"), value), Effect.map(tokens.get("b"), value))
      expect(yield* both).toEqual(["token-1", "token-1"])
      yield* tokens.clear("b")
      expect(yield* both).toEqual(["token-1", "token-2"])
      yield* tokens.clearAll
      expect(yield* both).toEqual(["token-2", "token-3"])
    })
  )

  it.scoped("tells the status of one, or of all, without asking any server", () =>
    Effect.gen(function* () {
      const bench = new Bench()
      const tokens = yield* TokenManager.make({ a: bench.make(), b: bench.make() })
      yield* tokens.get("b")
      expect(yield* tokens.status("b")).toMatchObject({ provider: "b", state: "Fresh" })
      const all = yield* tokens.statusAll
      expect([...all].map(([name, { provider, state }]) => [name, provider, state])).toEqual([
        ["a", "a", "Empty"],
        ["b", "b", "Fresh"]
      ])
      expect(bench.requests("a")).toBe(0)
    })
  )

  it.scoped("knows no other name, and says which there are", () =>
    Effect.gen(function* () {
      const bench = new Bench()
      // names that come from elsewhere are strings
      const providers: Record<string, ReturnType<Bench["make"]>> = { a: bench.make(), b: bench.make() }
      const tokens = yield* TokenManager.make(providers)
      for (const ask of [tokens.get, tokens.provider, tokens.clear, tokens.status]) {
        expect(yield* messageOf<unknown, never>(ask("constructor"))).toBe(
          "InvalidConfiguration constructor: there is no such provider: " +
            "constructor: expected one of the providers there are: a, b"
        )
      }
      yield* Effect.all([tokens.remove("a"), tokens.remove("b")])
      const error = yield* Effect.flip(tokens.get("a"))
      expect(error).toMatchObject({ _tag: "InvalidConfiguration", reason: "UnknownProvider" })
      expect(error.message).toContain("a: expected the name of a provider; there is none now")
      expect(yield* tokens.refreshAll).toEqual(new Map())
    })
  )

  describe("while running", () => {
    it.scoped("adds a provider, which every hold on the manager sees", () =>
      Effect.gen(function* () {
        const bench = new Bench()
        const before = yield* TokenManager.make({ a: bench.make() })
        const after = yield* before.add("b", bench.make([issue({ value: "of b" })]))
        expect(value(yield* after.get("b"))).toBe("of b")
        expect(yield* before.names).toEqual(["a", "b"])
        expect(yield* after.names).toEqual(["a", "b"])
      })
    )

    it.scoped("removes a provider: it is closed, and its name is free again", () =>
      Effect.gen(function* () {
        const bench = new Bench()
        const tokens = yield* TokenManager.make({ a: bench.make(), b: bench.make() })
        expect(yield* tokens.remove("a")).toBe(true)
        expect(bench).toMatchObject({ open: 1, closed: 1 })
        expect(yield* tokens.names).toEqual(["b"])
        expect(yield* messageOf(tokens.get("a"))).toContain("one of the providers there are: b")
        expect(yield* tokens.remove("a")).toBe(false)
        yield* tokens.add("a", bench.make([issue({ value: "of another a" })]))
        expect(value(yield* tokens.get("a"))).toBe("of another a")
        expect(yield* tokens.names).toEqual(["b", "a"])
      })
    )

    it.scoped("closes the flight of a provider that is removed, and none of those who wait hangs", () =>
      Effect.gen(function* () {
        const bench = new Bench()
        const tokens = yield* TokenManager.make({ a: bench.make([hang]), b: bench.make() })
        const waiting = yield* Effect.fork(tokens.get("a"))
        const refreshing = yield* Effect.fork(tokens.refreshAll)
        yield* settle
        expect(bench.requests("a")).toBe(1)
        expect(yield* tokens.remove("a")).toBe(true)
        expect(bench.grants.get("a")?.abandoned).toBe(1)
        expect(isInterruption(yield* Fiber.await(waiting))).toBe(true)
        const outcomes = yield* Fiber.join(refreshing)
        expect(isInterruption(outcomes.get("a") ?? null)).toBe(true)
        expect(outcomes.get("b")?._tag).toBe("Success")
      })
    )

    it.scoped("closes the provider whose name another one is given, with its flight", () =>
      Effect.gen(function* () {
        const bench = new Bench()
        const tokens = yield* TokenManager.make({ a: bench.make([hang]) })
        const waiting = yield* Effect.fork(tokens.get("a"))
        yield* settle
        const first = bench.grants.get("a")
        yield* tokens.add("a", bench.make([issue({ value: "of the second" })]))
        expect(first?.abandoned).toBe(1)
        expect(bench).toMatchObject({ open: 1, closed: 1 })
        expect(isInterruption(yield* Fiber.await(waiting))).toBe(true)
        expect(value(yield* tokens.get("a"))).toBe("of the second")
        expect(yield* tokens.names).toEqual(["a"])
      })
    )

    it.scoped("leaves one provider open of a hundred that are added under one name at once", () =>
      Effect.gen(function* () {
        const bench = new Bench()
        const tokens = yield* TokenManager.make({ a: bench.make() })
        const make = (name: string) => Effect.zipRight(Effect.yieldNow(), bench.make()(name))
        yield* Effect.replicateEffect(tokens.add("a", make), 100, { concurrency: "unbounded", discard: true })
        expect(bench).toMatchObject({ open: 1, closed: 100 })
        const removals = yield* Effect.replicateEffect(tokens.remove("a"), 10, { concurrency: "unbounded" })
        expect(removals.filter((removed) => removed)).toEqual([true])
        expect(bench).toMatchObject({ open: 0, closed: 101 })
      })
    )

    it.scoped("leaves nothing open of a provider that cannot be made, and the one before in its place", () =>
      Effect.gen(function* () {
        const bench = new Bench()
        const tokens = yield* TokenManager.make({ a: bench.make() })
        const broken = (name: string) => Effect.zipRight(bench.make()(name), new VaultDown())
        expect(yield* Effect.flip(tokens.add("a", broken))).toEqual(new VaultDown())
        expect(yield* Effect.flip(tokens.add("b", broken))).toEqual(new VaultDown())
        expect(bench).toMatchObject({ open: 1, closed: 2 })
        expect(yield* tokens.names).toEqual(["a"])
        expect(value(yield* tokens.get("a"))).toBe("token-1")
      })
    )

    it.scoped("leaves nothing open of a provider whose making is interrupted", () =>
      Effect.gen(function* () {
        const bench = new Bench()
        const tokens = yield* TokenManager.make({ a: bench.make() })
        const endless = (name: string) => Effect.zipRight(bench.make()(name), Effect.never)
        const adding = yield* Effect.fork(tokens.add("b", endless))
        yield* settle
        expect(bench).toMatchObject({ open: 2, closed: 0 })
        yield* Fiber.interrupt(adding)
        expect(bench).toMatchObject({ open: 1, closed: 1 })
        expect(yield* tokens.names).toEqual(["a"])
      })
    )
  })

  describe("with its scope", () => {
    it.scoped("closes every provider, those that were added too, and none of those who wait hangs", () =>
      Effect.gen(function* () {
        const bench = new Bench()
        const { close, tokens } = yield* managed(
          TokenManager.make({ a: bench.make([hang]), b: bench.make([hang]) })
        )
        const more = yield* tokens.add("c", bench.make([hang]))
        const waiting = yield* Effect.forEach(["a", "b", "c"] as const, (name) => Effect.fork(more.get(name)))
        yield* settle
        yield* close
        expect(bench).toMatchObject({ open: 0, closed: 3 })
        expect([...bench.grants.values()].map(({ abandoned }) => abandoned)).toEqual([1, 1, 1])
        for (const fiber of waiting) expect(isInterruption(yield* Fiber.await(fiber))).toBe(true)
      })
    )

    it.scoped("closes all at once: a flight that must be finished holds up no other provider", () =>
      Effect.gen(function* () {
        const bench = new Bench()
        const { close, tokens } = yield* managed(
          TokenManager.make({
            first: bench.make([hang]),
            finishing: bench.make([issue({ takes: "5 seconds" })], "once"),
            last: bench.make([hang])
          })
        )
        const refreshing = yield* Effect.fork(tokens.refreshAll)
        yield* settle
        const closing = yield* Effect.fork(close)
        yield* settle
        expect(bench.grants.get("first")?.abandoned).toBe(1)
        expect(bench.grants.get("last")?.abandoned).toBe(1)
        expect(closing.unsafePoll()).toBeNull()
        yield* advance("5 seconds", "1 second")
        expect(closing.unsafePoll()).toEqual(Exit.void)
        const outcomes = yield* Fiber.join(refreshing)
        expect([...outcomes.values()].map((exit) => exit._tag)).toEqual(["Failure", "Success", "Failure"])
      })
    )

    it.scoped("makes nothing that outlives it", () =>
      Effect.gen(function* () {
        const bench = new Bench()
        const { close, tokens } = yield* managed(TokenManager.make({ a: bench.make() }))
        yield* close
        const late = yield* tokens.add("b", bench.make())
        expect(bench).toMatchObject({ open: 0, closed: 2 })
        expect(isInterruption(yield* Effect.exit(late.get("b")))).toBe(true)
        expect(bench.requests("b")).toBe(0)
      })
    )

    it.scoped("closes at once what it made, if one of the providers cannot be made", () =>
      Effect.gen(function* () {
        const bench = new Bench()
        const failing = TokenManager.make({
          a: bench.make(),
          b: (name) => Effect.zipRight(bench.make()(name), new VaultDown()),
          c: bench.make()
        })
        expect(yield* Effect.flip(failing)).toEqual(new VaultDown())
        expect(bench).toMatchObject({ open: 0, closed: 2 })
        expect(bench.grants.has("c")).toBe(false)
      })
    )

    it.scoped("closes at once what it made, if it is interrupted", () =>
      Effect.gen(function* () {
        const bench = new Bench()
        const latch = yield* Deferred.make<void>()
        const making = yield* Effect.fork(
          TokenManager.make({
            a: bench.make(),
            b: (name) => Effect.zipLeft(bench.make()(name), Deferred.await(latch))
          })
        )
        yield* settle
        expect(bench).toMatchObject({ open: 2, closed: 0 })
        yield* Fiber.interrupt(making)
        expect(bench).toMatchObject({ open: 0, closed: 2 })
      })
    )
  })

  describe("as a layer", () => {
    it.scoped("brings its providers, and makes them once for all who use it", () =>
      Effect.gen(function* () {
        const bench = new Bench()
        const layer = TokenManager.layer(Tokens, {
          graph: bench.make(),
          weather: (name) => StaticToken.make(name, { value: Redacted.make("of-weather") })
        })
        const ask = (name: "graph" | "weather") =>
          Effect.flatMap(Tokens, (tokens) => Effect.map(tokens.get(name), value))
        const answers = Effect.all([ask("graph"), ask("weather"), ask("graph")])
        expect(yield* Effect.provide(answers, layer)).toEqual(["token-1", "of-weather", "token-1"])
        expect(bench).toMatchObject({ open: 0, closed: 1 })
      })
    )

    it.scoped("keeps its providers open as long as it is built", () =>
      Effect.gen(function* () {
        const bench = new Bench()
        const layer = TokenManager.layer(Tokens, { graph: bench.make(), weather: bench.make() })
        const { close, tokens } = yield* managed(Layer.build(layer).pipe(Effect.map(Context.get(Tokens))))
        expect(yield* tokens.names).toEqual(["graph", "weather"])
        expect(bench).toMatchObject({ open: 2, closed: 0 })
        yield* close
        expect(bench).toMatchObject({ open: 0, closed: 2 })
      })
    )

    it.scoped("fails as the provider does that cannot be made, and closes the others", () =>
      Effect.gen(function* () {
        const bench = new Bench()
        const layer = TokenManager.layer(Tokens, {
          graph: bench.make(),
          weather: () => Effect.fail(new VaultDown())
        })
        expect(yield* Effect.flip(Layer.build(layer))).toEqual(new VaultDown())
        expect(bench).toMatchObject({ open: 0, closed: 1 })
      })
    )

    it.scoped("a provider that is added is there for all who have the tag", () =>
      Effect.gen(function* () {
        const bench = new Bench()
        class Any extends TokenManager.Tag("test/Any")<Any, string>() {}
        const program = Effect.gen(function* () {
          const tokens = yield* Any
          yield* tokens.add("later", bench.make())
          return yield* Effect.flatMap(Any, (tokens) => tokens.names)
        })
        const layer = TokenManager.layer(Any, { first: bench.make() })
        expect(yield* Effect.provide(program, layer)).toEqual(["first", "later"])
      })
    )
  })
})
