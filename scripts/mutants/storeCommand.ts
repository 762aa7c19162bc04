import type { Fault } from "../lib/mutation.js"
import { breaks } from "./breaks.js"

/** The faults of `effect-oauth store` and `effect-oauth events`. */
export const storeCommand: ReadonlyArray<Fault> = [
  ...breaks({ law: "store", named: "effect-oauth store" }, "cli/store", [
    // whatever the owner, everything is meant; nobody is asked, or everybody; any key says yes
    ["src/cli/store/targets.ts", ".filter(({ key }) => isOf(target)(key))", ".filter(() => true)"],
    ["src/cli/store/remove.ts", "if (!options.yes) yield* confirm", "if (options.yes) yield* confirm"],
    ["src/cli/store/ask.ts", 'yield* ended : key.name === "y"', "yield* ended : true"],
    // what is left is no failure; every key is the newest; every mark is old; a failed step is a success
    [
      "src/cli/store/rekey.ts",
      "if (left.busy.length + left.undecryptable.length > 0) return",
      "if (left.busy.length > 0) return"
    ],
    ["src/cli/store/opens.ts", 'sealedWith === newest ? "newest" : "older"', '"newest"'],
    [
      "src/cli/store/marks.ts",
      "DateTime.distance(at, now) > Duration.toMillis(oldMark)",
      "DateTime.distance(at, now) < 0"
    ],
    ["src/cli/store/check.ts", "if (!passed) return", "if (passed && !passed) return"],
    // the cipher that looks is the one that seals
    [
      "src/cli/store/rekey.ts",
      "Effect.provideService(TokenStore, SealedTokenStore.seal(store, cipher))",
      "Effect.provideService(TokenStore, store)"
    ]
  ]),
  ...breaks({ law: "store", named: "where effect-oauth finds the token store" }, "cli/store-places", [
    ["src/cli/store/settings.ts", '!isOption || _tag !== "Postgres"', "isOption || !isOption"],
    ["src/cli/store/settings.ts", 'if (answer === "true") {', 'if (answer !== "false") {'],
    ["src/cli/store/variables.ts", "code: ExitCode.nothingConfigured", "code: ExitCode.failed"],
    ["src/cli/setting.ts", '.trim() !== ""', '.trim() !== "-"'],
    [
      "src/cli/store/open.ts",
      "if (!(yield* Effect.orElseSucceed(fs.exists(place.directory), () => false)))",
      "if (false as boolean)"
    ],
    [
      "src/cli/store/connect.ts",
      "if (!(yield* Effect.orElseSucceed(fs.exists(place.filename), () => false)))",
      "if (false as boolean)"
    ],
    [
      "src/cli/store/open.ts",
      'for (const table of ["oauth_tokens", "oauth_leases"])',
      "for (const table of [])"
    ],
    ["src/cli/store/modes.ts", "isOpenToOthers(mode)", "mode === -1"]
  ]),
  ...breaks({ law: "store", named: "a record of a store" }, "cli/store-parts", [
    [
      "src/cli/store/records.ts",
      'if (Option.isSome(presentedAt)) return "presenting"',
      'if (Option.isNone(presentedAt)) return "presenting"'
    ],
    [
      "src/cli/store/records.ts",
      "DateTime.lessThan(now, expiresAt.value)",
      "DateTime.lessThanOrEqualTo(now, expiresAt.value)"
    ],
    [
      "src/cli/store/remove.ts",
      "if (yield* store.remove(key, version))",
      "if (yield* store.remove(key, (yield* store.load(key)).version))"
    ],
    [
      "src/cli/store/rekey.ts",
      "sealedWith.id === newest ? [] : [key.id]",
      "sealedWith.id === newest ? [key.id] : []"
    ],
    ["src/cli/store/keyId.ts", "Schema.pattern(/^[\\w.-]{1,32}$/)", "Schema.pattern(/^/)"],
    ["src/cli/store/targets.ts", "/^[0-9a-f]{4,64}$/", "/^[0-9a-f]{1,64}$/"]
  ]),
  ...breaks({ law: "store", named: "the probe of a store" }, "cli/store-parts", [
    ["src/cli/store/probe.ts", "!isOverwritten &&", ""],
    ["src/cli/store/probe.ts", "yield* store.release(renewed.value)", ""],
    [
      "src/cli/store/probe.ts",
      "if (Option.isNone(renewed)) return yield* Effect.fail(lost)",
      "if (Option.isNone(renewed)) return turnTaken"
    ],
    ["src/cli/store/probe.ts", "isKept && Option.isNone(record)", "isKept"]
  ]),
  ...breaks({ law: "store", named: "the setting of a store" }, "cli/store-parts", [
    ["src/cli/store/place.ts", '.includes("@")', '.includes("@@")']
  ]),
  ...breaks({ law: "store", named: "arguments of a store" }, "cli/store-parts", [
    ["src/cli/commandFirst.ts", "subcommands.has(command)", "!subcommands.has(command)"]
  ]),
  ...breaks({ law: "command line", named: "the command line of effect-oauth" }, "cli/command-line", [
    ["src/cli/completions.ts", '.replace(within, "effect__oauth__$1,$2)")', ""]
  ]),
  ...breaks({ law: "events", named: "effect-oauth events" }, "cli/events", [
    ["src/cli/events/read.ts", 'order: "NewestFirst"', 'order: "OldestFirst"'],
    ["src/cli/events/read.ts", "Effect.map(Chunk.reverse),", ""],
    [
      "src/cli/events/read.ts",
      "types: options.types.length === 0 ? undefined : options.types",
      "types: undefined"
    ],
    ["src/cli/events/window.ts", "h: 3_600", "h: 60"]
  ]),
  ...breaks({ law: "audit", named: "an audit log in" }, "store/sql/events", [
    [
      "src/telemetry/sql/SqlAuditRecorder.ts",
      "? sql`(occurred_at, id) < ${place}`",
      "? sql`(occurred_at, id) > ${place}`"
    ],
    [
      "src/telemetry/sql/SqlAuditRecorder.ts",
      "query.types === undefined ? []",
      "query.types !== undefined ? []"
    ]
  ]),
  ...breaks({ law: "token", named: "effect-oauth token on a store" }, "cli/token-store", [
    ["src/cli/cached.ts", "if (Option.isNone(place)) return", "if (Option.isSome(place)) return"],
    ["src/cli/store/forCaches.ts", "seal(store, cipher)", "store"]
  ]),
  ...breaks({ law: "S22", named: "S22" }, "cli/s22-store", [
    [
      "src/cli/store/place.ts",
      "Option.some(`postgres://${printable(host)}${printable(pathname)}`)",
      "Option.some(text)"
    ],
    ["src/cli/store/place.ts", '.includes("@")', '.includes("@@")']
  ])
]
