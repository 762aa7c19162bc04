/**
 * Which file may import which: the floors of CONTRIBUTING.md, "The right room", for `npm run check:structure`.
 * A room is a folder of src or a file directly under it. Type-only imports count: a type that is imported upwards ties
 * the floors together just as well.
 */

/** The rooms of each floor, from the lowest floor to the highest. */
const floors = [
  ["token"],
  ["wire", "store"],
  ["grant", "cache"],
  ["TokenProvider"],
  ["provider", "TokenManager", "TenantProvider", "user", "http", "telemetry"],
  ["config", "node", "auth0", "sql"],
  ["service"],
  ["cli"]
]

/** Matches the files of the given rooms; its first group is the room. */
const rooms = (names) => `^src/(${names.join("|")})(?=/|\\.ts$)`

/**
 * The imports of another folder's `internal/` that are left, by importing file. Add none: what two rooms need has a
 * home of its own below both.
 */
const internalImports = {
  // The management API checks its settings by the same rules as the presets.
  "src/auth0/internal/managementApi.ts": ["src/provider/internal/settings.ts"],
  // The store commands inspect what the stores write: SQL error codes and file modes.
  "src/cli/store/checkSteps.ts": ["src/store/internal/versionedFile.ts"],
  "src/cli/store/problems.ts": ["src/sql/internal/errorCode.ts"]
}

const exactly = (file) => `^${file.replaceAll(".", "\\.")}$`

/** Up to three folders of the importing file, as groups; an `internal/` beside any of them is its own. */
const folders = "^(src/)([^/]+/|)([^/]+/|)"
const ownInternal = ["^$1internal/", "^$1$2internal/", "^$1$2$3internal/"]

const internalRules = [
  {
    name: "no-internal-import",
    comment: "internal/ belongs to the folder around it. Move what two rooms need to a home below both.",
    from: { path: folders, pathNot: Object.keys(internalImports).map(exactly) },
    to: { path: "/internal/", pathNot: ownInternal }
  },
  ...Object.entries(internalImports).map(([file, listed]) => ({
    name: "no-internal-import",
    comment: "This file may import only the internal files that .dependency-cruiser.mjs lists for it.",
    from: { path: `(?=${exactly(file)})${folders}` },
    to: { path: "/internal/", pathNot: [...ownInternal, ...listed.map(exactly)] }
  }))
]

const floorRules = floors.flatMap((names, index) => {
  const higher = floors.slice(index + 1).flat()
  const floor = `floor ${index + 1} (${names.join(", ")})`
  return [
    {
      name: "not-sideways",
      comment: `A room of ${floor} imports no other room of its floor.`,
      from: { path: rooms(names) },
      to: { path: rooms(names), pathNot: "^src/$1(/|\\.ts$)" }
    },
    ...(higher.length === 0
      ? []
      : [
          {
            name: "not-upwards",
            comment: `${floor} imports only from the floors below. Pass what is needed from above as a value.`,
            from: { path: rooms(names) },
            to: { path: rooms(higher) }
          }
        ])
  ]
})

const known = [rooms([...floors.flat(), "testing"]), "^src/index\\.ts$"]

const rules = [
  ...floorRules,
  ...internalRules,
  {
    name: "known-room",
    comment: "This room has no floor: name one in .dependency-cruiser.mjs and in CONTRIBUTING.md.",
    from: { path: "^src/", pathNot: known },
    to: {}
  },
  {
    name: "known-room",
    comment: "The imported room has no floor: name one in .dependency-cruiser.mjs and in CONTRIBUTING.md.",
    from: {},
    to: { path: "^src/", pathNot: known }
  },
  {
    name: "presets-apart",
    comment: "A preset knows no other preset; what several need is in provider/internal.",
    from: { path: "^src/provider/([^/.]+)" },
    to: { path: "^src/provider/", pathNot: "^src/provider/(internal|$1)[/.]" }
  },
  {
    name: "testing-apart",
    comment: "No room imports the test doubles.",
    from: { path: "^src/", pathNot: "^src/testing/" },
    to: { path: "^src/testing/" }
  },
  {
    name: "testing-apart",
    comment: "The test doubles run without the service and the command.",
    from: { path: "^src/testing/" },
    to: { path: rooms(["service", "cli"]) }
  },
  {
    name: "entry-point-apart",
    comment: "Nothing in src imports the entry point.",
    from: { path: "^src/" },
    to: { path: "^src/index\\.ts$" }
  },
  {
    name: "src-apart",
    comment: "src is what is published: it imports nothing of the project outside src.",
    from: { path: "^src/" },
    to: { path: "^(bench|examples|scripts|servers|test|test-types)/" }
  },
  {
    name: "test-apart",
    comment: "Examples and benchmarks run without the tests; what both need is in servers/.",
    from: { path: "^(bench|examples|servers)/" },
    to: { path: "^test/" }
  },
  {
    name: "no-loop",
    comment: "Imports run in no loop.",
    from: {},
    to: { circular: true }
  },
  {
    name: "no-orphan",
    comment: "No file imports this one, and it imports nothing.",
    from: { orphan: true, path: "^src/", pathNot: "\\.d\\.ts$" },
    to: {}
  },
  {
    name: "resolvable",
    comment: "The import leads to no file and to no installed package.",
    from: { pathNot: "^bench/" },
    to: { couldNotResolve: true }
  },
  {
    name: "resolvable",
    comment:
      "The import leads to no file. The packages of bench and the build are installed only to measure.",
    from: { path: "^bench/" },
    to: { couldNotResolve: true, path: "^\\.", pathNot: "^\\.\\./dist/" }
  }
]

export default {
  forbidden: rules.map((rule) => ({ severity: "error", ...rule })),
  required: Object.entries(internalImports).flatMap(([file, listed]) =>
    listed.map((internal) => ({
      name: "stale-exception",
      comment:
        "The file no longer imports this internal file: remove it from the list in .dependency-cruiser.mjs.",
      severity: "error",
      module: { path: exactly(file) },
      to: { path: exactly(internal) }
    }))
  ),
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.test.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "node_modules/.*/node_modules|^dist/" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "node", "default"]
    }
  }
}
