import type { Fault } from "../lib/mutation.js"
import { breaks } from "./breaks.js"

const ask = "src/cache/flight/ask.ts"
const look = "src/cache/flight/look.ts"
const ground = "src/cache/flight/ground.ts"
const shared = "src/cache/flight/shared.ts"
const turn = "src/cache/flight/turn.ts"
const place = "src/cache/flight/place.ts"
const kept = "src/cache/flight/kept.ts"
const state = "src/cache/CacheState.ts"
const ending = "src/cache/flight/ending.ts"
const deadline = "src/token/deadline.ts"

/** The faults of the token cache on a store. */
export const sharing: ReadonlyArray<Fault> = [
  ...breaks("L3", "cache/stored-adoption", [[look, '  if (first._tag === "Adopt") return first\n', ""]]),
  ...breaks({ law: "sharing", named: "asks where" }, "cache/stored-adoption", [
    [look, "if (token === undefined || isExpiredAt(token, now)) return", "if (token === undefined) return"]
  ]),
  ...breaks({ law: "sharing", named: "makes no request" }, "cache/stored-adoption", [
    [
      look,
      'return isTooOld ? { _tag: "Ask", found } : { _tag: "Adopt", token, found }',
      'return { _tag: "Ask", found }'
    ]
  ]),
  ...breaks("L14", "cache/stored-adoption", [
    [place, "identity ?? null]", "null]"],
    [place, "[provider, storedAs", '["", storedAs'],
    [place, "`sha256:${digest}`", "`sha256:${digest.length}`"]
  ]),
  ...breaks("L15", "cache/stored-adoption", [
    [
      ending,
      "isAdopted\n          ? TokenEvent.Adopted(arrival)",
      "!isAdopted\n          ? TokenEvent.Adopted(arrival)"
    ]
  ]),
  ...breaks("L12", "cache/stored-adoption", [
    [shared, "{ askedAt, expiresAt, refreshIn }, random)", "{ askedAt, expiresAt, refreshIn }, 0.5)"]
  ]),
  ...breaks("L10", "cache/stored-adoption", [
    [
      look,
      'if (last?._tag === "Some" && !isSuccessor(token, last.value)) return { _tag: "Ask", found }\n',
      ""
    ]
  ]),
  ...breaks({ law: "sharing", named: "asks for a new token" }, "cache/stored-adoption", [
    [look, "const isTooOld = isRefresh &&", "const isTooOld = false &&"]
  ]),
  ...breaks({ law: "sharing", named: "takes one new token" }, "cache/stored-adoption", [
    [look, "const isTooOld = isRefresh &&", "const isTooOld = isRefresh ||"]
  ]),
  ...breaks({ law: "sharing", named: "adopts what a sibling" }, "cache/stored-adoption", [
    [look, 'return second._tag === "Adopt" ? second :', "return"]
  ]),
  ...breaks({ law: "sharing", named: "adopts what the sibling" }, "cache/stored-adoption", [
    [
      look,
      '      if (looked._tag === "Adopt") return looked\n      if (looked.found.version !== version) {',
      "      if (looked.found.version !== version) {"
    ]
  ]),
  ...breaks("S27", "cache/stored-turns", [
    [
      ask,
      "if (Option.isNone(saved)) return yield* new Overtaken()\n    yield* Ref.set(position, { version: saved.value, kept: marked })",
      "if (Option.isNone(saved)) return\n    yield* Ref.set(position, { version: saved.value, kept: marked })"
    ],
    [
      ask,
      "if ((yield* Clock.currentTimeMillis) - at >= settings.lease / 2) return yield* new Overtaken()\n",
      ""
    ],
    [
      ask,
      'grant.replay === "safe"\n        ? askFreely(ground, position)',
      'grant.replay !== "safe"\n        ? askFreely(ground, position)'
    ],
    [shared, "Effect.retry({ times: 10, while", "Effect.retry({ times: 0, while"]
  ]),
  ...breaks({ law: "sharing", named: "is given back" }, "cache/stored-turns", [
    [turn, "Effect.exit(finished(withinTimeout(lease.key, settings, leases.release(lease))))", "Effect.void"]
  ]),
  ...breaks("L5", "cache/stored-turns", [
    [
      turn,
      "Effect.exit(finished(withinTimeout(lease.key, settings, leases.release(lease))))",
      "Effect.exit(Effect.interruptible(withinTimeout(lease.key, settings, leases.release(lease))))"
    ],
    [
      ask,
      "finished(found.kept.isEnded ? askFreely(ground, position) : askOnce(ground, position))",
      "(found.kept.isEnded ? askFreely(ground, position) : askOnce(ground, position))"
    ]
  ]),
  ...breaks({ law: "sharing", named: "is renewed" }, "cache/stored-turns", [
    [
      turn,
      "Effect.forkDaemon(Effect.interruptible(renewing(leases, settings, lease)))",
      "Effect.forkDaemon(Effect.void)"
    ],
    [
      turn,
      "Effect.delay(Duration.millis(settings.lease / 3))",
      "Effect.delay(Duration.millis(settings.lease))"
    ]
  ]),
  ...breaks({ law: "sharing", named: "is asked for less" }, "cache/stored-turns", [
    [look, "pause = Math.min(pause * 1.5, longestPause)\n", ""],
    [look, "pause = Math.min(pause * 1.5, longestPause)", "pause = pause * 1.5"]
  ]),
  ...breaks("L7", "cache/stored-turns", [
    [look, "if (waited >= patience) {", "if (waited >= 10 * patience) {"],
    [
      look,
      "const patience = 2 * (settings.lease + course.policy.deadline)",
      "const patience = settings.lease"
    ]
  ]),
  ...breaks("S26", "cache/stored-turns", [
    [ask, "(found.mark?.id === id || found.mark?.id === kept.mark?.id) &&", "false &&"],
    [ask, "(found.mark?.id === id || found.mark?.id === kept.mark?.id) &&", ""],
    [ask, "isLeft ? { version: found.version, kept } : found", "isLeft ? { version, kept } : found"],
    [ask, "    if (!isSaved) return yield* new Overtaken()\n", ""],
    [deadline, "(now - startedAt - millis < late ? Effect.void : turns)", "Effect.void"]
  ]),
  ...breaks({ law: "S27", named: "S27 strict" }, "cache/stored-crashes", [
    [
      look,
      "const idleAt = stored.mark === mark.id ? now : Math.min(mark.at, now) + patience",
      "const idleAt = now"
    ],
    [look, "if (usableUntil - now > patience) {", "if (usableUntil - now > patience * 1000) {"],
    [ask, "lostAt: kept.lostAt, isEnded: true", "lostAt: undefined, isEnded: true"],
    [ask, "isEnded: true, seeds: kept.seeds", "isEnded: true, seeds: []"]
  ]),
  ...breaks("L9", "cache/stored-crashes", [
    [look, "stored.mark === mark.id ? now : Math.min", "false ? now : Math.min"]
  ]),
  ...breaks({ law: "S27", named: "S27 grace" }, "cache/stored-crashes", [
    [look, "|| isWithinGrace(ground, found.kept, now)) {", ") {"],
    [look, "now < (lostAt ?? mark?.at ?? now) + Duration", "now <= now + Duration"]
  ]),
  ...breaks("S27", "cache/stored-crashes", [
    [ask, "lostAt: presentedAt(kept) }", "lostAt: undefined }"],
    [
      ask,
      "const marked: Kept = { ...kept, mark: { id, at }",
      "const marked: Kept = { ...kept, mark: undefined"
    ],
    [
      kept,
      "presentedAt: Option.map(Option.fromNullable(presentedAt(kept))",
      "presentedAt: Option.map(Option.fromNullable(kept.lostAt)"
    ],
    [
      look,
      'grant.replay === "safe" || mark === undefined ||',
      'grant.replay === "safe" || mark !== undefined ||'
    ]
  ]),
  ...breaks({ law: "sharing", named: "goes on" }, "cache/stored-outages", [
    [shared, '    if (grant.replay === "safe") return alone\n', ""],
    [
      shared,
      "Effect.zipRight(tellUnavailable(ground.course, error), without",
      "Effect.zipRight(Effect.void, without"
    ],
    [place, "endAfter(\n    timeout,", "endAfter(\n    timeout * 3,"]
  ]),
  ...breaks("S27", "cache/stored-outages", [
    [shared, "return settings.refreshWithoutLease && isAhead", "return isAhead"],
    [
      ask,
      "settings.refreshWithoutLease ? Effect.as(goAhead(ground, before), false) : Effect.fail(error)",
      "Effect.as(goAhead(ground, before), false)"
    ],
    [ground, "if (isOurMark && stored.isSettled) return { ...kept, mark: undefined }\n", ""],
    [ask, "    yield* noteMark(ground)\n", ""]
  ]),
  ...breaks({ law: "sharing", named: "is asked with" }, "cache/stored-outages", [
    [
      ask,
      "settings.refreshWithoutLease ? Effect.as(goAhead(ground, before), false) : Effect.fail(error)",
      "Effect.fail(error)"
    ],
    [shared, "Effect.zipRight(Ref.update(course.state, State.gotAhead), alone)", "alone"]
  ]),
  ...breaks({ law: "S27", named: "S27 is not begun" }, "cache/stored-outages", [
    [shared, "return settings.refreshWithoutLease && isAhead", "return settings.refreshWithoutLease"]
  ]),
  ...breaks("S26", "cache/stored-outages", [
    [ask, "course.fork(saveLater(save, settings.timeout))", "yield* Effect.void"],
    [ask, 'while: ({ _tag }) => _tag === "StoreFailure"', 'while: ({ _tag }) => _tag !== "StoreFailure"'],
    [
      ask,
      "isSettled: false, isStale: true, seeds: kept.seeds })",
      "isSettled: false, isStale: false, seeds: kept.seeds })"
    ]
  ]),
  ...breaks("L5", "cache/stored-outages", [
    [ask, "Effect.onInterrupt(() => finished(saveSoon(save, timeout))),", ""],
    [place, "endAfter(\n    timeout,", "endAfter(\n    timeout * 100,"]
  ]),
  ...breaks({ law: "sharing", named: "a lease that came" }, "cache/stored-outages", [
    [
      turn,
      "Exit.isSuccess(exit) && Option.isSome(exit.value) ? leases.release(exit.value.value) : Effect.void",
      "Effect.void"
    ]
  ]),
  ...breaks({ law: "sharing", named: "a renewal" }, "cache/stored-outages", [
    [turn, "Effect.orElseSucceed(() => Option.some(lease))", "Effect.orElseSucceed(() => Option.none())"]
  ]),
  ...breaks({ law: "sharing", named: "what the store holds" }, "cache/stored-outages", [
    [
      place,
      "onNone: () => Effect.fail(undecryptable(key))",
      "onNone: () => Effect.succeed({ version, kept: nothing })"
    ]
  ]),
  ...breaks("S28", "cache/stored-grants", [
    [ask, "return yield* isLeft ? error : new Overtaken()", "return yield* isLeft ? error : error"],
    [ask, "? end(ground, position, error)", "? Effect.fail(error)"],
    [ask, "isEnded: true, seeds", "isEnded: false, seeds"]
  ]),
  ...breaks("L8", "cache/stored-grants", [
    [
      state,
      'const isForGood = error._tag === "ReauthorizationRequired" && !isShared',
      'const isForGood = error._tag === "ReauthorizationRequired"'
    ]
  ]),
  ...breaks({ law: "sharing", named: "is presented once" }, "cache/stored-grants", [
    [ground, "if (isNewSeed) return", "if (begun !== undefined) return"],
    [ask, "      seeds: kept.seeds\n    }\n    const save", "      seeds: []\n    }\n    const save"]
  ]),
  ...breaks({ law: "sharing", named: "a new one begins" }, "cache/stored-grants", [
    [ground, "if (isNewSeed) return KeptGrant.begin(begun.seed, begun.digest, { ...kept, seeds })\n", ""]
  ]),
  ...breaks({ law: "sharing", named: "an old one" }, "cache/stored-grants", [
    [kept, "seeds: [...before.seeds, digest].slice(-mostSeeds)", "seeds: [digest]"]
  ]),
  ...breaks("L9", "cache/stored-grants", [
    [
      ask,
      ": Effect.zipRight(unmark(ground, position, before.kept), Effect.fail(error))",
      ": Effect.fail(error)"
    ],
    [ask, "isKept || !hasMark || answerWasLost(error)", "isKept || !hasMark"]
  ]),
  ...breaks("S29", "cache/stored-grants", [
    [ask, "return yield* new Removed()", "return yield* new Overtaken()"]
  ]),
  ...breaks({ law: "S26", named: "S26 S27 S28 on random schedules with nothing" }, "sharing-model/sharing", [
    [turn, "Effect.map(Option.isSome)", "Effect.as(true)"],
    [ground, "if (isNewSeed) return", "if (begun !== undefined) return"],
    [turn, "Effect.exit(finished(withinTimeout(lease.key, settings, leases.release(lease))))", "Effect.void"]
  ]),
  ...breaks(
    { law: "S26", named: "S26 S27 S28 on random schedules where processes" },
    "sharing-model/sharing",
    [
      [
        kept,
        "presentedAt: Option.map(Option.fromNullable(presentedAt(kept))",
        "presentedAt: Option.map(Option.fromNullable(kept.lostAt)"
      ]
    ]
  ),
  ...breaks(
    { law: "S26", named: "S26 S27 S28 on random schedules where the store" },
    "sharing-model/sharing",
    [[shared, '    if (grant.replay === "safe") return alone\n', ""]]
  ),
  ...breaks("L3", "cache/stored-trouble", [
    // a renewal is waited for without end; one that fails is the last
    [
      turn,
      "withinTimeout(lease.key, settings, leases.renew(lease, Duration.millis(settings.lease))).pipe(",
      "leases.renew(lease, Duration.millis(settings.lease)).pipe("
    ],
    [
      turn,
      "Effect.orElseSucceed(() => Option.some(lease))",
      "Effect.orElseSucceed(() => Option.none<Lease>())"
    ]
  ]),
  ...breaks("L5", "cache/stored-trouble", [
    // the save goes on behind a scope that is closing
    [ask, "if (course.isClosed()) {", "if (settings.timeout < 0) {"]
  ]),
  ...breaks("L7", "cache/stored-trouble", [
    // the second attempt goes by what stood there before the first
    [ask, "        yield* Ref.set(position, { version: saved.value, kept: next })\n", ""]
  ]),
  ...breaks("L7", "cache/stored-custom-grants", [
    [
      look,
      "if (waited >= patience) {",
      "if ((yield* Clock.currentTimeMillis) - course.flight.startedAt >= patience) {"
    ]
  ]),
  ...breaks("L9", "cache/stored-trouble", [
    // a request that was not taken counts as one in doubt
    [
      ask,
      "Ref.get(position)\n    yield* note(ground, { version, mark: ground.id, isSettled: true, isStale: false })",
      "Ref.get(position)\n    yield* note(ground, { version, mark: ground.id, isSettled: false, isStale: false })"
    ]
  ]),
  ...breaks("L9", "cache/stored-custom-grants", [[ask, "previousOf(before.kept)", "heldOf(before.kept)"]]),
  ...breaks("L10", "cache/stored-trouble", [
    // an older token is adopted in place of the refused one; the window outlives the token in hand
    [
      look,
      "!isSameValue(token, last) && DateTime.greaterThanOrEqualTo(token.issuedAt, last.issuedAt)",
      "!isSameValue(token, last)"
    ],
    [look, "retryAt: DateTime.unsafeMake(now),", "retryAt: DateTime.unsafeMake(usableUntil),"]
  ]),
  ...breaks("L12", "cache/stored-custom-grants", [
    [kept, "refreshIn === undefined || !Duration.isFinite(refreshIn)", "refreshIn === undefined"]
  ]),
  ...breaks("L14", "cache/stored-custom-grants", [
    [
      "src/TenantProvider.ts",
      "Operations.over(key.digest === undefined ? scope : alone, state, {",
      "Operations.over(scope, state, {"
    ]
  ]),
  ...breaks("L15", "cache/stored-trouble", [
    [
      turn,
      "Effect.exit(finished(withinTimeout(lease.key, settings, leases.release(lease))))",
      "Effect.orDie(finished(withinTimeout(lease.key, settings, leases.release(lease))))"
    ]
  ]),
  ...breaks("S22", "cache/stored-trouble", [
    [
      place,
      "Effect.disconnect(Effect.catchAllDefect(operation, () => unavailable(key)))",
      "Effect.disconnect(operation)"
    ]
  ]),
  ...breaks("S26", "cache/stored-trouble", [
    [ask, "const isLeft = isLeftBy(ground, kept, found.kept)", "const isLeft = false"],
    [ask, "isLeft ? { version: found.version, kept } : found", "isLeft ? { version, kept } : found"]
  ]),
  ...breaks("S27", "cache/stored-trouble", [
    // memory falls behind the record after a failed mark; a clock that is behind waits for the difference
    [
      ask,
      "{ ...state.stored, mark: id, isSettled: true }",
      "{ ...State.initial.stored, mark: id, isSettled: true }"
    ],
    [
      ask,
      "isStale: true,\n      seeds: kept.seeds\n    })",
      "isStale: false,\n      seeds: kept.seeds\n    })"
    ],
    [look, "Math.min(mark.at, now) + patience", "mark.at + patience"]
  ]),
  ...breaks("S28", "cache/stored-trouble", [
    // the outage is not told; the answer is forgotten where it could not be kept
    [ask, "        yield* tellUnavailable(ground.course, failure)\n", ""],
    [
      ask,
      "could not be kept\n        yield* note(ground, { version, mark: ground.id, isSettled: true, isStale: false })",
      "could not be kept"
    ]
  ]),
  ...breaks({ law: "sharing", named: "StaticToken keeps nothing there" }, "cache/stored-custom-grants", [
    ["src/provider/StaticToken.ts", "}).pipe(Effect.provideService(CacheStore, Option.none()))", "})"]
  ])
]
