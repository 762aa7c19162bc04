import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { configDefaults, defineConfig } from "vitest/config"
import VitestSummary from "./scripts/vitest-summary.js"

const fromRoot = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const workers = availableParallelism()

export default defineConfig({
  resolve: {
    alias: [
      { find: /^effect-oauth$/, replacement: fromRoot("./src/index.ts") },
      { find: /^effect-oauth\/(auth0|config|sql|testing)$/, replacement: fromRoot("./src/$1/index.ts") }
    ]
  },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, "test/processes/**"],
    pool: "forks",
    // loading the modules anew for each file takes as long as the tests
    isolate: false,
    maxWorkers: workers,
    // tinypool would end a worker beyond the least number while it hands it the next file
    minWorkers: workers,
    globalSetup: ["test/support/postgresSetup.ts"],
    setupFiles: ["test/support/breathe.ts", "test/support/fastTestClock.ts", "test/support/plainIt.ts"],
    // for a hang: no test may depend on how fast the machine is
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: ["default", new VitestSummary()]
  }
})
