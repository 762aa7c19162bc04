import { expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { TokenEvent } from "effect-oauth"

const cleared = TokenEvent.TokenEvent.Cleared({ provider: "app/Api", at: DateTime.unsafeMake(0) })

it("unsafeEmit hands the event to the sink", () => {
  const seen: Array<TokenEvent.TokenEvent> = []
  TokenEvent.unsafeEmit({ emit: (event) => void seen.push(event) }, cleared)
  expect(seen).toEqual([cleared])
})

it("unsafeEmit drops what a sink throws", () => {
  const sink: TokenEvent.Sink = {
    emit: () => {
      throw new Error("the sink is full")
    }
  }
  expect(() => TokenEvent.unsafeEmit(sink, cleared)).not.toThrow()
})

it.effect("the default sink drops events", () =>
  Effect.gen(function* () {
    const sink = yield* TokenEvent.TokenEventSink
    expect(() => sink.emit(cleared)).not.toThrow()
  })
)
