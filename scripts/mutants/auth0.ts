import type { Fault } from "../lib/mutation.js"
import { breaks } from "./breaks.js"

const internal = (name: string) => `src/auth0/internal/${name}.ts`
const users = "src/auth0/Auth0Users.ts"
const send = internal("send")
const operations = internal("operations")
const rateLimit = internal("rateLimit")

const of = (test: string) => ({ law: test, named: "" })

/** The faults of the client of Auth0's Management API. */
export const auth0: ReadonlyArray<Fault> = [
  ...breaks(of("rate limit"), "auth0/time", [
    [rateLimit, "return at > now ? at : now + 1000", "return at"],
    [rateLimit, 'retryAfterAt(Headers.set(headers, "retry-after", resetDate), now)', "now"],
    [rateLimit, "Math.max(\n    retryAfterAt(headers, now),", "Math.max(\n    now,"],
    [send, "if (waits === 0 || wakeAt >= until)", "if (waits === 0)"],
    [send, "patiently(attempt, waits - 1, until)", "patiently(attempt, waits, until)"],
    [send, '(isIdempotent || error.reason === "NotSent")', '(isIdempotent || error.reason !== "Timeout")'],
    [send, "      error.retryAt === undefined &&\n", ""],
    [send, "      Effect.disconnect,\n", ""]
  ]),
  ...breaks("S22", "auth0/s22-users", [
    [send, ", ...(yield* options.sentTokens)]", "]"],
    [send, "[...operation.secrets, ", "["],
    [users, "withTracerDisabledWhen(() => true)", "withTracerDisabledWhen(() => false)"],
    [users, "Effect.succeed(sent.provider)", "Effect.succeed(source)"]
  ]),
  ...breaks(of("operations"), "auth0/operations", [
    [operations, "encodeURIComponent(userId)", "userId"],
    [operations, "/^\\s*\\.{0,2}\\s*$|\\p{Cs}/u", "/^$/u"]
  ]),
  ...breaks(of("errors"), "auth0/errors", [
    [operations, "(status === 404 ? Effect.void : undefined)", "undefined"],
    [internal("answer"), "  if (status < 400) {", "  if (status < 300) {"],
    [
      internal("answer"),
      'clean(textAt(members, name) ?? "", secrets, most)',
      '(textAt(members, name) ?? "")'
    ],
    ["src/auth0/User.ts", "optional(Schema.Boolean)\n}) {}", "Schema.Boolean\n}) {}"]
  ]),
  ...breaks(of("configuration"), "auth0/configuration", [
    [internal("managementApi"), ' && !origin.includes("*")', ""],
    [
      users,
      "Layer.catchAll(layerConfig(config, options), (error) => Layer.effect(Auth0Users, unconfigured(error)))",
      "Layer.orDie(layerConfig(config, options))"
    ]
  ])
]
