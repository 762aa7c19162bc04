import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { Presentation } from "../../token/AccessToken.js"
import type { Grant } from "../../token/Grant.js"

/** A grant that makes no request: its token is always the given value and never expires. */
export const staticGrant = (value: Redacted.Redacted, presentation: Presentation): Grant => ({
  name: "fixed",
  replay: "safe",
  request: () => Effect.succeed({ value, presentation, expiresIn: Duration.infinity })
})
