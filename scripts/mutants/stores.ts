import type { Fault } from "../lib/mutation.js"
import { breaks } from "./breaks.js"

const memory = "src/store/MemoryTokenStore.ts"
const turn = "src/store/internal/turn.ts"
const keyValue = "src/store/KeyValueTokenStore.ts"
const recordText = "src/store/internal/recordText.ts"
const versionedFile = "src/store/internal/versionedFile.ts"
const files = "src/store/FileTokenStore.ts"
const fileLeases = "src/store/internal/fileLeases.ts"
const digest = "src/store/internal/digest.ts"
const envelope = "src/store/internal/envelope.ts"
const cipher = "src/store/TokenCipher.ts"
const keyRing = "src/store/internal/keyRing.ts"
const sealed = "src/store/SealedTokenStore.ts"
const rekey = "src/store/internal/rekey.ts"

/** The faults of the token stores and their cipher. */
export const stores: ReadonlyArray<Fault> = [
  ...breaks({ law: "stores", named: "" }, "store/laws", [
    [
      memory,
      "if (slot.version !== expected) return Option.none()",
      "if (slot.version > expected) return Option.none()"
    ],
    [memory, "if (slot.version !== expected) return Option.none()", ""],
    [
      memory,
      "change(key, { ...slot, version: expected + 1, record: undefined })",
      "change(key, { ...slot, record: undefined })"
    ],
    [memory, "change(key, { ...slot, version: expected + 1, record: undefined })", "slots.delete(key.id)"],
    [
      memory,
      "if (slot.version !== expected || slot.record === undefined) return false",
      "if (slot.record === undefined) return false"
    ],
    [
      memory,
      "content, expiresAt, presentedAt, version, savedAt }",
      "content, expiresAt, presentedAt: Option.none(), version, savedAt }"
    ],
    [turn, "turn.until > now && turn.holder !== holder", 'turn.holder !== "" && turn.holder !== holder'],
    [turn, "turn.until > now && turn.holder !== holder", "turn.until > now"],
    [turn, "fence: turn.fence + 1, until", "fence: turn.fence || 1, until"],
    [
      turn,
      "isOf(lease, turn) && turn.until > now ? { ...turn, until: now + D",
      "isOf(lease, turn) ? { ...turn, until: now + D"
    ],
    [
      turn,
      "isOf(lease, turn) && turn.until > now ? { ...turn, until: now + D",
      "turn.until > now ? { ...turn, until: now + D"
    ],
    [
      turn,
      "isOf(lease, turn) && turn.until > now ? { ...turn, until: now + Duration.toMillis(length)",
      "isOf(lease, turn) && turn.until > now ? { ...turn, until: turn.until + 0 * Duration.toMillis(length)"
    ],
    [
      turn,
      "isOf(lease, turn) && turn.until > now ? { ...turn, until: now }",
      "turn.until > now ? { ...turn, until: now }"
    ],
    [turn, "lease.fence === turn.fence && lease.holder === turn.holder", "lease.holder === turn.holder"],
    [keyValue, "locked(Effect.uninterruptible(effect))", "effect"],
    [keyValue, "if (version !== expected) return Option.none()", ""],
    [keyValue, "RecordText.encodeRemoval(key, version + 1)", "RecordText.encodeRemoval(key, version)"],
    [keyValue, "if (version === 0) yield* enlist(entry.key)", ""],
    [keyValue, "[...new Set([...names, name])]", "[name]"],
    [recordText, "expiresAt: Option.getOrUndefined(expiresAt)", "expiresAt: undefined"],
    [versionedFile, "if (!isLinked) return false", ""],
    [files, "encodeRemoval(key, expected + 1)", "encodeRemoval(key, expected)"],
    [
      files,
      'if (version !== expected || version === 0 || RecordText.isRemoval(text ?? "")) return false',
      "if (version !== expected || version === 0) return false"
    ],
    [
      fileLeases,
      "if (yield* Effect.mapError(file.publish(version, encode(changed)), failureOf(key))) {",
      "yield* Effect.mapError(file.publish(version, encode(changed)), failureOf(key))\n        {"
    ],
    [
      turn,
      "turn.until > now && turn.holder !== holder",
      "turn.until > now + 3_599_800 && turn.holder !== holder"
    ]
  ]),
  ...breaks({ law: "stores", named: "" }, "store/key-value", [
    [keyValue, "      load: (key) => alone(load(key)),", "      load,"],
    [keyValue, "Stream.fromIterableEffect(alone(names))", "Stream.fromIterableEffect(names)"],
    [keyValue, "locked(Effect.uninterruptible(effect))", "locked(effect)"],
    [
      keyValue,
      "Effect.mapError(() => unavailable(key)),\n          Effect.flatMap(",
      'Effect.mapError(() => unavailable({ ...key, id: "other" })),\n          Effect.flatMap('
    ],
    [keyValue, 'const prefix = "effect-oauth."', 'const prefix = ""']
  ]),
  ...breaks({ law: "S25", named: "" }, "store/files", [
    [versionedFile, "if ((yield* highest) === version) return true", "return true"],
    [versionedFile, "return next.value.after === mark", "return true"],
    [
      versionedFile,
      "if (Option.isNone(next)) return yield* new Undecided()",
      "if (Option.isNone(next)) return true"
    ],
    [versionedFile, "const ownerOnlyFile = 0o600", "const ownerOnlyFile = 0o644"],
    [versionedFile, "ownerOnlyDirectory = 0o700", "ownerOnlyDirectory = 0o755"],
    ["src/store/internal/versionedFile.ts", "const othersAccess = 0o077", "const othersAccess = 0o007"],
    [versionedFile, "encodeContent(content))), file.sync)", "encodeContent(content))), Effect.void)"],
    [versionedFile, "yield* syncDirectory(directory)\n", "\n"],
    [versionedFile, "yield* Effect.ignore(tidy)", ""],
    [versionedFile, "!(yield* isOld(fileOf(successor)))", "false"],
    [
      versionedFile,
      'if (name.endsWith(".tmp") && (yield* isOld(file))) ',
      'if (name.endsWith(".none") && (yield* isOld(file))) '
    ],
    [files, "if (isRemoved) yield* file.wipe(expected + 1)", ""],
    [recordText, "Option.filter(decodeText(text), ({ id }) => id === key.id)", "decodeText(text)"],
    [files, "return loaded.version === version ? loaded : yield* undecryptable(key)", "return loaded"],
    [files, "if ((yield* digest(summary.value.key.id)) === name) return summary", "return summary"],
    [
      files,
      "const read = Effect.catchIf(file.read, isForeign, () => Effect.succeed({ version: 0, text: undefined }))",
      "const read = file.read"
    ],
    [versionedFile, 'orElse("BadResource", Option.some(foreign)),', ""],
    [digest, "Encoding.encodeHex(new Uint8Array(bytes))", "(void bytes, id)"],
    [
      fileLeases,
      "Duration.greaterThan(remaining, Duration.zero)",
      "Duration.greaterThanOrEqualTo(remaining, Duration.zero)"
    ]
  ]),
  ...breaks({ law: "S26", named: "" }, "store/processes", [
    [
      versionedFile,
      ".link(yield* written(content), fileOf(version))",
      ".rename(yield* written(content), fileOf(version))"
    ],
    [turn, "turn.until > now && turn.holder !== holder", "false"]
  ]),
  ...breaks({ law: "S23", named: "" }, "store/token-cipher", [
    [envelope, "provider, tenant ?? null, id, version]", "tenant ?? null, id, version]"],
    [envelope, "provider, tenant ?? null, id, version]", "provider, id, version]"],
    [envelope, "provider, tenant ?? null, id, version]", "provider, tenant ?? null, version]"],
    [envelope, "provider, tenant ?? null, id, version]", "provider, tenant ?? null, id]"],
    [
      envelope,
      'JSON.stringify(["effect-oauth", 1, provider, tenant ?? null, id, version])',
      '["effect-oauth", 1, provider, tenant ?? null, id, version].join("")'
    ],
    [envelope, "keys.find(({ id }) => id === header?.kid)", "keys[0]"],
    [
      cipher,
      "Envelope.seal(imported[0], key",
      "Envelope.seal(imported[imported.length - 1] ?? imported[0], key"
    ],
    [cipher, "Envelope.open(imported, key", "Envelope.open(imported.slice(0, 1), key"],
    [keyRing, "const keyLength = 32", "const keyLength = 16"],
    [
      keyRing,
      'if (first === undefined) return yield* invalid("Missing", [issue(path, "at least one key")])',
      'if (first === undefined) return [{ id: "none", key: yield* Effect.promise(() => crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"])) }]'
    ],
    [keyRing, "`${path}[${place}]`", "`${path}[${key.id}]`"],
    [keyRing, "...(keys.find(({ id }) => id === key.id) === key ?", "...(keys.length > 0 ?"],
    [cipher, "return text.startsWith(plain)\n        ?", 'return text !== "never"\n        ?']
  ]),
  ...breaks({ law: "S23", named: "" }, "store/sealed", [
    [
      sealed,
      "cipher.seal(entry.key, expected + 1, entry.content)",
      "cipher.seal(entry.key, 0, entry.content)"
    ],
    [
      sealed,
      "cipher.open(key, record.version, record.content)",
      "cipher.open(record.key, record.version, record.content)"
    ],
    [sealed, "store.save({ ...entry, content }, expected)", "(void content, store.save(entry, expected))"]
  ]),
  ...breaks({ law: "S24", named: "" }, "store/rekey", [
    [rekey, 'if (record.value.sealedWith === newest) return "current"', ""],
    [rekey, "const rounds = 10", "const rounds = 1"],
    [
      rekey,
      "store.save(record.value, version)",
      "Effect.flatMap(store.load(key), (now) => store.save(record.value, now.version))"
    ],
    [
      rekey,
      'return loaded.left.reason === "Undecryptable" ? "undecryptable" : yield* loaded.left',
      "return yield* loaded.left"
    ]
  ]),
  ...breaks({ law: "S22", named: "" }, "store/s22-stores", [
    [files, "cannot read what stands in ${name}`", "cannot read what stands in ${name}: ${text}`"],
    [cipher, "newest: imported[0].id", "newest: Redacted.value(keys[0]!.secret)"],
    [
      cipher,
      "catch: () => undecryptable(key)",
      "catch: () => undecryptable({ ...key, id: Redacted.value(sealed) })"
    ],
    [
      sealed,
      "store.save({ ...entry, content }, expected)",
      "store.save({ ...entry, content: (void content, entry.content) }, expected)"
    ]
  ])
]
