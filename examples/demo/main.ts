/**
 * The main job, shown to a person: a real authorization server (`oidc-provider`) and a small protected API run on
 * loopback, and each step claims something, does it, and shows what was measured at the two servers.
 *
 * Run it with `npm run demo`. The exit code is 1 when anything was not as claimed.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Undici from "@effect/platform-node/Undici"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Screen from "./screen.js"
import { perform } from "./step.js"
import { acquire } from "./steps/acquire.js"
import { outage } from "./steps/outage.js"
import { refreshAhead } from "./steps/refreshAhead.js"
import { revoked } from "./steps/revoked.js"
import { tenThousand } from "./steps/tenThousand.js"
import { wrongSecret } from "./steps/wrongSecret.js"
import * as World from "./world.js"

const steps = [acquire, tenThousand, refreshAhead, outage, revoked, wrongSecret]

/** Ten thousand requests at once share 64 sockets. */
const HttpClientLive = Layer.provide(
  NodeHttpClient.layerUndiciWithoutDispatcher,
  Layer.scoped(
    NodeHttpClient.Dispatcher,
    Effect.acquireRelease(
      Effect.sync(() => new Undici.Agent({ connections: 64 })),
      (agent) => Effect.promise(() => agent.destroy())
    )
  )
)

const demo = Effect.gen(function* () {
  const screen = Screen.make(process.stdout, process.env)
  const startedAt = performance.now()
  yield* screen.line(screen.bold("effect-oauth: machine tokens, end to end"))
  const world = yield* World.make
  if (Number.parseInt(process.versions.node) < 22) {
    yield* screen.line(screen.dim("   (oidc-provider warns that it prefers a newer Node.js; this one does)"))
  }
  yield* screen.line(`   authorization server (oidc-provider)  ${world.server.issuer}`)
  yield* screen.line(`   protected API                         ${world.api.origin}`)

  let asClaimed = 0
  for (const [index, step] of steps.entries()) {
    if (yield* perform(screen, world, step, index + 1)) asClaimed++
  }

  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const isAllAsClaimed = asClaimed === steps.length
  const sign = isAllAsClaimed ? screen.green("✓") : screen.red("✗")
  yield* screen.line(`\n${sign} ${asClaimed} of ${steps.length} steps as claimed, in ${seconds} s`)
  return isAllAsClaimed
})

const exitCode = (exit: Exit.Exit<unknown, unknown>): number => {
  if (Exit.isFailure(exit)) return Cause.isInterruptedOnly(exit.cause) ? 130 : 1
  return exit.value === true ? 0 : 1
}

demo.pipe(
  Effect.scoped,
  Effect.provide(HttpClientLive),
  // nobody looks at the spans of twenty thousand requests
  Effect.withTracerEnabled(false),
  NodeRuntime.runMain({
    teardown: (exit, onExit) => {
      onExit(exitCode(exit))
    }
  })
)
