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

/** Reads a subscription in the background and returns the list that it fills. */
const reading = (subscription: TokenEvents.Subscription) =>
  Effect.gen(function* () {
    const read: Array<TokenEvent.TokenEvent> = []
    const fiber = yield* Effect.forkScoped(
      Stream.runForEach(subscription.stream, (event) => Effect.sync(() => read.push(event)))
    )
    return { read, fiber }
  })

describe("the events of the hub", () => {
  it.scoped(
    "L15 do not wait for a subscriber that never reads, in 100,000 gets and 1,000 refreshes, and a fast one misses nothing",
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

  it.scoped(
    "L15 drop the oldest events of a slow subscriber and count them, and other subscribers miss none",
    () =>
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

  it.scoped("L15 do not affect tokens or other subscribers if a subscriber fails, dies or ends", () =>
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

  it.scoped("L15 reach an observer before the caller continues, and one that throws affects nobody", () =>
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

  it.scoped("reach a sink that observes twice two times, and once after one of the two has ended", () =>
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

  it.scoped("end for a subscription with its scope, after the waiting events are read", () =>
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

  it.scoped("end for every subscription with the hub", () =>
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

  it.scoped("wait in a queue of capacity 1 if the given capacity is invalid", () =>
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

  it.scoped("reach a sink that was provided before the hub, too", () =>
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

describe("the layer of the hub", () => {
  class Api extends TokenProvider.Tag("test/Api")<Api>() {}
  class Other extends TokenProvider.Tag("test/Other")<Other>() {}

  const unauthorized = HttpClient.make((request) =>
    Effect.sync(() => HttpClientResponse.fromWeb(request, new Response(null, { status: 401 })))
  )

  it.scoped("serves providers, observers and the program's clients with one `provideMerge` at the end", () =>
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
