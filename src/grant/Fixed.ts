/**
 * A credential that is there already: a fixed bearer token or an API key.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { Presentation } from "../token/AccessToken.js"
import type { Grant } from "../token/Grant.js"

/**
 * A grant that asks nobody: it brings the same value, for ever.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (value: Redacted.Redacted, presentation: Presentation): Grant => ({
  name: "fixed",
  replay: "safe",
  request: () => Effect.succeed({ value, presentation, expiresIn: Duration.infinity })
})
