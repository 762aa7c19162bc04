import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

/** What a variable holds. One that is empty is one that is not set. */
export const setting = (name: string): Effect.Effect<Option.Option<Redacted.Redacted>> =>
  Config.redacted(name).pipe(
    Effect.option,
    Effect.map(Option.filter((text) => Redacted.value(text).trim() !== ""))
  )
