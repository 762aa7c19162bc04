/**
 * The process of the command: the only file that is run for its effects.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeTerminal from "@effect/platform-node/NodeTerminal"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { run } from "./app.js"
import * as ExitCode from "./ExitCode.js"
import * as Output from "./Output.js"
import { node } from "./process.js"

const platform = Layer.mergeAll(
  NodeFileSystem.layer,
  NodePath.layer,
  NodeTerminal.layer,
  FetchHttpClient.layer
)

// each write reports its own error; without a listener the process would end with a stack trace
node.stdout.on("error", () => undefined)

let interrupted = ExitCode.interrupted
node.once("SIGTERM", () => {
  interrupted = ExitCode.terminated
})

run(node.argv).pipe(
  Effect.provide(Layer.provideMerge(Output.layer, platform)),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    disablePrettyLogger: true,
    teardown: (exit, onExit) => onExit(ExitCode.of(exit, interrupted))
  })
)
