import type { Fault } from "../lib/mutation.js"
import { breaks } from "./breaks.js"

/** The faults of the command. */
export const command: ReadonlyArray<Fault> = [
  ...breaks({ law: "check", named: "effect-oauth check" }, "cli/check", [
    // nothing configured is a failure like any other; a failed step is a success; a secret that is wrong is tried again
    ["src/cli/configured.ts", "code: ExitCode.nothingConfigured", "code: ExitCode.failed"],
    ["src/cli/check.ts", "if (!passed) return", "if (passed && !passed) return"],
    [
      "src/cli/check/steps.ts",
      "problemOf(provider.get), factsOf)",
      "problemOf(Effect.orElse(provider.get, () => provider.refresh)), factsOf)"
    ],
    ["src/cli/configured.ts", "if (names.length === 0) return", "if (names.length >= 0) return"]
  ]),
  ...breaks({ law: "check", named: "the steps of a check" }, "cli/steps", [
    ["src/cli/countRequests.ts", "(n) => n + 1", "(n) => n"],
    ["src/cli/check/steps.ts", "requests === 0 && isSameValue(first, second)", "isSameValue(first, second)"],
    ["src/cli/check/steps.ts", "requests === 0 && isSameValue(first, second)", "requests === 0"],
    ["src/cli/check/steps.ts", "requests > 0 && !(yield* isExpired(token))", "!(yield* isExpired(token))"],
    ["src/cli/check/steps.ts", "requests > 0 && !(yield* isExpired(token))", "requests > 0"],
    ["src/cli/check/steps.ts", 'if (configured.type === "static")', "if (configured.type === undefined)"]
  ]),
  ...breaks({ law: "token", named: "effect-oauth token" }, "cli/token", [
    [
      "src/cli/configured.ts",
      "yield* Effect.forEach(Problem.lines(problem), output.note",
      "yield* Effect.forEach(Problem.lines(problem), output.line"
    ],
    [
      "src/cli/token.ts",
      "output.line(Redacted.value(token.value))",
      'output.line("token: " + Redacted.value(token.value))'
    ]
  ]),
  ...breaks("S22", "cli/s22-command", [
    // the fingerprint is the token; the error is told with all that it holds
    [
      "src/cli/fingerprint.ts",
      "Encoding.encodeHex(new Uint8Array(digest, 0, 4))",
      "Encoding.encodeHex(new Uint8Array(digest, 0, 4)) + Redacted.value(secret)"
    ]
  ]),
  ...breaks(
    { law: "configuration", named: "where effect-oauth finds its configuration" },
    "cli/configuration",
    [
      [
        "src/cli/loadConfiguration.ts",
        "Option.isSome(config) ? Effect.succeed(config) : usualFile",
        "usualFile"
      ],
      ["src/cli/dotEnv.ts", 'Option.getOrElse(envFile, () => ".env")', '".env"'],
      [
        "src/cli/loadConfiguration.ts",
        "onNone: () => Environment.configuration, onSome: ConfigFile.read",
        "onNone: () => Environment.configuration, onSome: () => Environment.configuration"
      ],
      [
        "src/cli/configured.ts",
        "for (const warning of configuration.warnings) yield*",
        "for (const warning of []) yield*"
      ]
    ]
  ),
  ...breaks({ law: "command line", named: "the command line of effect-oauth" }, "cli/command-line", [
    ["src/cli/Output.ts", 'noColour === "" && ', ""],
    ["src/cli/Output.ts", "isTerminal && (yield* wantsColour)", "(yield* wantsColour)"],
    ["src/cli/main.ts", 'node.stdout.on("error", () => undefined)', "void node"],
    ["src/cli/options.ts", 'name.startsWith("-")', 'name.startsWith("!")'],
    ["src/cli/app.ts", "style === plain ? strip(text) : text", "text"],
    ["src/cli/completions.ts", 'text.replaceAll("effect__oauth,", "effect-oauth,")', "text"]
  ]),
  ...breaks({ law: "watch", named: "effect-oauth watch" }, "cli/watch", [
    ["src/cli/watch/screen.ts", 'const leave = "\\u001b[?7h\\u001b[?25h', 'const leave = "\\u001b[?7h'],
    ["src/cli/watch/screen.ts", "usual.columns) - 1", "usual.columns)"],
    ["src/cli/watch/screen.ts", "lines.map((line) => line + eraseRestOfLine)", "lines"],
    [
      "src/cli/watch/alive.ts",
      'Effect.exit(provider.get), Effect.sleep("250 millis")',
      "Effect.exit(provider.get), Effect.never"
    ],
    ["src/cli/watch/picture.ts", "if (isArrival(event)) arrivals", "if (!isArrival(event)) arrivals"],
    ["src/cli/watch.ts", "isTerminal && !options.json", "isTerminal || !options.json"],
    ["src/cli/ExitCode.ts", "export const interrupted = 130", "export const interrupted = 0"]
  ]),
  ...breaks("S22", "cli/exit-code", [["src/cli/ExitCode.ts", '.replace(message, "")', ""]]),
  ...breaks({ law: "rendering", named: "a frame" }, "cli/rendering", [
    ["src/cli/watch/frame.ts", "const fitting = cut(text, room)", "const fitting = text"],
    ["src/cli/watch/frame.ts", "return lines.length <= canvas.rows", "return lines.length > 0"],
    ["src/cli/render/text.ts", 'text.replace(unprintable, "")', "text"]
  ])
]
