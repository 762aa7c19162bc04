/**
 * What a `get` costs when the token is there, beside the least that it could cost in Effect: reading a `Ref` and the
 * clock. Both run in the same loop of the same fiber, in turns, so that a busy machine slows both; the medians of the
 * rounds are compared.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import { Grant, TokenProvider } from "effect-oauth"

const rounds = 60
const calls = 50_000

const nanosecondsPerCall = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<number, E> =>
  Effect.gen(function* () {
    const start = process.hrtime.bigint()
    for (let call = 0; call < calls; call++) yield* effect
    return Number(process.hrtime.bigint() - start) / calls
  })

const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}

const program = Effect.gen(function* () {
  const provider = yield* TokenProvider.make({
    name: "bench",
    grant: Grant.make({
      name: "bench",
      request: () => Effect.succeed({ value: Redacted.make("token"), expiresIn: Duration.hours(1) })
    })
  })
  const ref = yield* Ref.make(0)
  const floor = Effect.flatMap(Ref.get(ref), () => Clock.currentTimeMillis)
  yield* nanosecondsPerCall(provider.get)
  yield* nanosecondsPerCall(floor)
  const gets: Array<number> = []
  const floors: Array<number> = []
  for (let round = 0; round < rounds; round++) {
    floors.push(yield* nanosecondsPerCall(floor))
    gets.push(yield* nanosecondsPerCall(provider.get))
  }
  const get = median(gets)
  const least = median(floors)
  yield* Effect.sync(() => {
    process.stdout.write(
      [
        `Ref.get + Clock.currentTimeMillis  ${least.toFixed(0)} ns`,
        `warm get                           ${get.toFixed(0)} ns`,
        `ratio                              ${(get / least).toFixed(2)}  (wanted: at most 2)`,
        `${String(rounds)} rounds of ${String(calls)} calls, medians; node ${process.version}, ${process.arch}`,
        ""
      ].join("\n")
    )
  })
})

await Effect.runPromise(Effect.scoped(program))
