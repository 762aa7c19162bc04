/** As much of Node's process as the command has a use for. */

/** The global of Node, whose types the rest of the library does without. */
declare const process: NodeProcess

/** A process, as far as it is needed here. */
export interface NodeProcess {
  readonly argv: ReadonlyArray<string>
  readonly stdin: { readonly isTTY?: boolean | undefined }
  readonly stdout: {
    readonly on: (event: "error" | "resize", listener: () => void) => unknown
    readonly off: (event: "error" | "resize", listener: () => void) => unknown
  }
  readonly once: (signal: "SIGTERM", listener: () => void) => unknown
}

/** The process that the command runs in. */
export const node: NodeProcess = process

/** The package's version, which the bundler writes in. */
declare const EFFECT_OAUTH_VERSION: string | undefined

/** What `--version` answers. */
export const version: string =
  typeof EFFECT_OAUTH_VERSION === "undefined" ? "unreleased" : EFFECT_OAUTH_VERSION
