import { describe, expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { BearerClient, TokenEvent, TokenProvider } from "effect-oauth"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as TokenEvents from "../../src/telemetry/TokenEvents.js"
import { settle } from "../support/clock.js"
import { counted, countingGrant, sight } from "./sight.js"

const event = (number: number): TokenEvent.TokenEvent =>
  TokenEvent.TokenEvent.Cleared({ provider: "test/Api", at: DateTime.unsafeMake(number) })

const numberOf = (event: TokenEvent.TokenEvent): number => DateTime.toEpochMillis(event.at)

/** Reads a subscription in the background; what it has read so far. */
const reading = (subscription: TokenEvents.Subscription) =>
  Effect.gen(function* () {
    const read: Array<TokenEvent.TokenEvent> = []
    const fiber = yield* Effect.forkScoped(
      Stream.runForEach(subscription.stream, (event) => Effect.sync(() => read.push(event)))
    )
    return { read, fiber }
  })

describe("the hub of events", () => {
  it.scoped(
    "L15 a subscriber that never reads: 100,000 gets and 1,000 refreshes do not wait, and a fast one misses nothing",
    () =>
      Effect.gen(function* () {
        const { hub, seen } = yield* sight()
        const never = yield* hub.subscribe({ capacity: 16 })
        const fast = yield* hub.subscribe({ capacity: 16 })
        const { read } = yield* reading(fast)
        const { provider, requests } = yield* seen(counted("test/Never"))
        for (let refreshes = 0; refreshes < 1000; refreshes++) {
          yield* provider.refresh
          yield* Effect.repeatN(provider.get, 99)
        }
        yield* settle
        expect(requests()).toBe(1000)
        expect(read.map(({ _tag }) => _tag)).toEqual([
          "Acquired",
          ...Array.from({ length: 999 }, () => "Refreshed")
        ])
        expect(yield* fast.dropped).toBe(0)
        expect(yield* never.dropped).toBe(1000 - 16)
      })
  )

  it.scoped("L15 a slow subscriber misses the oldest events, is told how many, and nobody else does", () =>
    Effect.gen(function* () {
      const { emit, hub } = yield* sight()
      const slow = yield* hub.subscribe({ capacity: 3 })
      const roomy = yield* hub.subscribe({ capacity: 10 })
      for (let number = 1; number <= 10; number++) emit(event(number))
      const head = (count: number, { stream }: TokenEvents.Subscription) =>
        Effect.map(Stream.runCollect(Stream.take(stream, count)), (events) =>
          Chunk.toReadonlyArray(events).map(numberOf)
        )
      expect(yield* head(3, slow)).toEqual([8, 9, 10])
      expect(yield* slow.dropped).toBe(7)
      expect(yield* head(10, roomy)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
      expect(yield* roomy.dropped).toBe(0)
    })
  )

  it.scoped("L15 a subscriber that fails, dies or goes away harms neither tokens nor the others", () =>
    Effect.gen(function* () {
      const { hub, seen } = yield* sight()
      const failing = yield* Effect.forkScoped(Stream.runForEach(hub.stream, () => Effect.fail("no")))
      const dying = yield* Effect.forkScoped(Stream.runForEach(hub.stream, () => Effect.die("a bug")))
      const leaving = yield* Effect.forkScoped(Stream.runDrain(hub.stream))
      const { read } = yield* reading(yield* hub.subscribe())
      yield* settle
      const { provider } = yield* seen(counted("test/Failing"))
      yield* provider.get
      yield* Fiber.interrupt(leaving)
      yield* provider.refresh
      yield* settle
      expect(Exit.isFailure(yield* Fiber.await(failing))).toBe(true)
      expect(Exit.isFailure(yield* Fiber.await(dying))).toBe(true)
      expect(read.map(({ _tag }) => _tag)).toEqual(["Acquired", "Refreshed"])
    })
  )

  it.scoped("L15 an observer is told before the caller goes on; one that throws harms nobody", () =>
    Effect.gen(function* () {
      const { hub, seen } = yield* sight()
      const told: Array<string> = []
      yield* hub.observe({
        emit: () => {
          throw new Error("a bug")
        }
      })
      const scope = yield* Scope.make()
      yield* hub.observe({ emit: ({ _tag }) => void told.push(_tag) }).pipe(Scope.extend(scope))
      const { provider } = yield* seen(counted("test/Observed"))
      yield* provider.get
      expect(told).toEqual(["Acquired"])
      yield* Scope.close(scope, Exit.void)
      yield* provider.refresh
      expect(told).toEqual(["Acquired"])
    })
  )

  it.scoped("one sink that observes twice is told twice, and once after one of the two has ended", () =>
    Effect.gen(function* () {
      const { emit, hub } = yield* sight()
      let told = 0
      const sink = {
        emit: () => {
          told++
        }
      }
      const scope = yield* Scope.make()
      yield* Scope.extend(hub.observe(sink), scope)
      yield* hub.observe(sink)
      emit(event(1))
      expect(told).toBe(2)
      yield* Scope.close(scope, Exit.void)
      emit(event(2))
      expect(told).toBe(3)
    })
  )

  it.scoped("a subscription ends with its scope, and what waits in it is still read", () =>
    Effect.gen(function* () {
      const { emit, hub } = yield* sight()
      const scope = yield* Scope.make()
      const subscription = yield* Scope.extend(hub.subscribe(), scope)
      emit(event(1))
      yield* Scope.close(scope, Exit.void)
      emit(event(2))
      expect(Chunk.toReadonlyArray(yield* Stream.runCollect(subscription.stream)).map(numberOf)).toEqual([1])
    })
  )

  it.scoped("every subscription ends with the hub", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { emit, hub } = yield* Scope.extend(sight(), scope)
      const subscription = yield* hub.subscribe()
      const reader = yield* Effect.forkScoped(Stream.runCollect(subscription.stream))
      yield* settle
      emit(event(1))
      yield* Scope.close(scope, Exit.void)
      expect(Chunk.toReadonlyArray(yield* Fiber.join(reader)).map(numberOf)).toEqual([1])
    })
  )

  it.scoped("a capacity that makes no sense is the least there is", () =>
    Effect.gen(function* () {
      const { emit, hub } = yield* sight()
      for (const capacity of [0, -1, Number.NaN]) {
        const subscription = yield* hub.subscribe({ capacity })
        for (let number = 1; number <= 3; number++) emit(event(number))
        expect(yield* subscription.dropped).toBe(2)
        expect(Option.map(yield* Stream.runHead(subscription.stream), numberOf)).toEqual(Option.some(3))
      }
    })
  )

  it.scoped("a sink that stood there before is told of everything too", () =>
    Effect.gen(function* () {
      const told: Array<TokenEvent.TokenEvent> = []
      const { emit } = yield* Effect.provideService(sight(), TokenEvent.TokenEventSink, {
        emit: (event) => void told.push(event)
      })
      emit(event(1))
      expect(told.map(numberOf)).toEqual([1])
    })
  )
})

describe("wiring", () => {
  class Api extends TokenProvider.Tag("test/Api")<Api>() {}
  class Other extends TokenProvider.Tag("test/Other")<Other>() {}

  const unauthorized = HttpClient.make((request) =>
    Effect.sync(() => HttpClientResponse.fromWeb(request, new Response(null, { status: 401 })))
  )

  it.scoped("one `provideMerge` at the end feeds providers, observers and the clients of the program", () =>
    Effect.gen(function* () {
      const told = yield* Deferred.make<Array<string>>()
      const observer = Layer.scopedDiscard(
        Effect.flatMap(TokenEvents.TokenEvents, ({ observe }) => {
          const tags: Array<string> = []
          return Effect.zipRight(
            observe({ emit: ({ _tag, provider }) => void tags.push(`${provider} ${_tag}`) }),
            Deferred.succeed(told, tags)
          )
        })
      )
      const AppLive = Layer.mergeAll(
        TokenProvider.layer(Api, { grant: countingGrant().grant, origins: ["https://api.example.com"] }),
        TokenProvider.layer(Other, { grant: countingGrant().grant }),
        observer
      ).pipe(Layer.provideMerge(TokenEvents.layer))
      yield* Effect.gen(function* () {
        yield* Effect.flatMap(Other, ({ get }) => get)
        const client = yield* BearerClient.make(Api)
        yield* client.get("https://api.example.com")
      }).pipe(Effect.provideService(HttpClient.HttpClient, unauthorized), Effect.provide(AppLive))
      expect(yield* Deferred.await(told)).toEqual([
        "test/Other Acquired",
        "test/Api Acquired",
        "test/Api Invalidated",
        "test/Api Acquired",
        "test/Api Replayed"
      ])
    })
  )
})
