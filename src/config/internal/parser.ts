import * as Effect from "effect/Effect"
import type { InvalidConfiguration } from "../../token/TokenError.js"
import { ConfigurationIssue } from "../../token/TokenError.js"
import type * as Document from "./document.js"
import { invalid } from "./providerDefinition.js"

/**
 * Loads the parser when a file is read: it imports the package `yaml`, an optional peer, whose absence becomes an error that
 * says what to install.
 */
export const loadParser = (
  file: string,
  load: () => Promise<typeof Document> = () => import("./document.js")
): Effect.Effect<typeof Document, InvalidConfiguration> =>
  Effect.tryPromise({
    try: load,
    catch: () => invalid(file, [new ConfigurationIssue({ path: file, expected })])
  })

const expected = "the package yaml, which reads configuration files: npm install yaml@2"
