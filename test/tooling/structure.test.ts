import { cruise } from "dependency-cruiser"
import extractDepcruiseConfig from "dependency-cruiser/config-utl/extract-depcruise-config"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, relative } from "node:path"
import { afterAll, expect, it } from "vitest"

/** Files of an imaginary project, and what each imports. */
const imports: Readonly<Record<string, ReadonlyArray<string>>> = {
  "src/token/A.ts": ["src/cache/A.ts"],
  "src/token/B.ts": ["src/token/C.ts"],
  "src/token/D.ts": ["src/token/D.ts"],
  "src/token/C.ts": ["src/token/B.ts"],
  "src/token/Unused.ts": [],
  "src/wire/A.ts": ["src/token/B.ts", "src/wire/internal/a.ts"],
  "src/wire/internal/a.ts": ["src/token/B.ts"],
  "src/store/A.ts": ["src/wire/A.ts", "src/attic/A.ts"],
  "src/store/sql/A.ts": ["src/store/sql/internal/a.ts"],
  "src/store/sql/internal/a.ts": ["src/store/TokenStore.ts"],
  "src/store/TokenStore.ts": ["src/token/B.ts"],
  "src/grant/A.ts": ["src/wire/internal/a.ts", "src/store/sql/internal/a.ts"],
  "src/cache/A.ts": ["src/wire/A.ts"],
  "src/cache/shared/grantRecord.ts": [
    "src/store/internal/digest.ts",
    "src/store/internal/failure.ts",
    "src/wire/internal/a.ts"
  ],
  "src/cache/shared/sharedRefresh.ts": ["src/wire/A.ts"],
  "src/store/internal/digest.ts": ["src/token/B.ts"],
  "src/store/internal/failure.ts": ["src/store/sql/internal/a.ts"],
  "src/TokenProvider.ts": ["src/cache/A.ts"],
  "src/TokenManager.ts": ["src/TokenProvider.ts", "src/http/A.ts", "src/config/A.ts"],
  "src/provider/A.ts": ["src/provider/B.ts", "src/provider/internal/a.ts"],
  "src/provider/B.ts": ["src/index.ts"],
  "src/provider/internal/a.ts": ["src/TokenProvider.ts"],
  "src/http/A.ts": ["src/testing/A.ts"],
  "src/config/A.ts": ["src/nowhere/A.ts"],
  "src/attic/A.ts": ["src/token/B.ts"],
  "src/cli/A.ts": ["src/config/A.ts", "test/A.ts"],
  "src/testing/A.ts": ["src/cli/A.ts", "src/http/B.ts"],
  "src/http/B.ts": ["src/TokenProvider.ts"],
  "src/index.ts": ["src/http/B.ts"],
  "test/A.ts": ["src/wire/internal/a.ts"],
  "bench/A.ts": ["test/A.ts", "dist/index.js", "package-of-the-benchmark"],
  "examples/A.ts": ["package-that-is-not-installed"]
}

const root = mkdtempSync(join(tmpdir(), "effect-oauth-structure-"))

afterAll(() => {
  rmSync(root, { recursive: true, force: true })
})

function specifier(from: string, to: string): string {
  if (!to.includes("/")) return to
  const path = relative(dirname(from), to).replace(/\.ts$/, ".js")
  return path.startsWith(".") ? path : `./${path}`
}

/** Writes the imports as type-only ones, since these count like any other. */
function writeProject(): void {
  for (const [file, targets] of Object.entries(imports)) {
    const lines = targets.map((target) => `export type * from "${specifier(file, target)}"\n`)
    mkdirSync(join(root, dirname(file)), { recursive: true })
    writeFileSync(join(root, file), `${lines.join("")}export type A = 1\n`)
  }
}

it("the import rules report each planted violation and nothing else", async () => {
  writeProject()
  const { forbidden = [], required = [], options } = await extractDepcruiseConfig("./.dependency-cruiser.mjs")
  const { output } = await cruise(["src", "test", "bench", "examples"], {
    ...options,
    tsConfig: {},
    baseDir: root,
    validate: true,
    ruleSet: { forbidden, required }
  })
  if (typeof output === "string") throw new Error(output)
  const violations = output.summary.violations.map(({ from, rule, to }) => `${rule.name}: ${from} -> ${to}`)
  expect(violations.sort()).toEqual([
    "entry-point-apart: src/provider/B.ts -> src/index.ts",
    "known-room: src/attic/A.ts -> src/token/B.ts",
    "known-room: src/store/A.ts -> src/attic/A.ts",
    "no-internal-import: src/cache/shared/grantRecord.ts -> src/wire/internal/a.ts",
    "no-internal-import: src/grant/A.ts -> src/store/sql/internal/a.ts",
    "no-internal-import: src/grant/A.ts -> src/wire/internal/a.ts",
    "no-internal-import: src/store/internal/failure.ts -> src/store/sql/internal/a.ts",
    "no-loop: src/token/B.ts -> src/token/C.ts",
    "no-loop: src/token/D.ts -> src/token/D.ts",
    "no-orphan: src/token/Unused.ts -> src/token/Unused.ts",
    "not-sideways: src/TokenManager.ts -> src/http/A.ts",
    "not-sideways: src/store/A.ts -> src/wire/A.ts",
    "not-upwards: src/TokenManager.ts -> src/config/A.ts",
    "not-upwards: src/token/A.ts -> src/cache/A.ts",
    "presets-apart: src/provider/A.ts -> src/provider/B.ts",
    "resolvable: examples/A.ts -> package-that-is-not-installed",
    "resolvable: src/config/A.ts -> ../nowhere/A.js",
    "src-apart: src/cli/A.ts -> test/A.ts",
    "stale-exception: src/cache/shared/sharedRefresh.ts -> src/cache/shared/sharedRefresh.ts",
    "test-apart: bench/A.ts -> test/A.ts",
    "testing-apart: src/http/A.ts -> src/testing/A.ts",
    "testing-apart: src/testing/A.ts -> src/cli/A.ts"
  ])
})
