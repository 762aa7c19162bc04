import { statSync } from "node:fs"
import { defineConfig } from "vitest/config"
import type { TestSpecification } from "vitest/node"
import { BaseSequencer } from "vitest/node"
import base from "./vitest.config.js"

/** The tests that have to notice a mutant of a folder: its own, which say more of it and take less time than all. */
const tests: Readonly<Record<string, { include: Array<string>; exclude?: Array<string> }>> = {
  token: {
    include: ["test/token/**/*.test.ts", "test/tenants/TokenKey.test.ts", "test/cache/deadline.test.ts"]
  },
  wire: {
    include: ["test/wire/**/*.test.ts"],
    // 1,800 answers, half a minute
    exclude: ["test/wire/decoder.test.ts"]
  },
  grant: {
    include: [
      "test/grant/**/*.test.ts",
      "test/provider/{identity,refresh-token,refresh-token-provider,generic-oauth,static-token}.test.ts"
    ]
  },
  cache: {
    // not the models of test/model and test/sharing-model, which take minutes
    include: ["test/cache/**/*.test.ts", "test/tenants/{LruMap,on-a-store}.test.ts"]
  },
  store: {
    include: ["test/store/*.test.ts"],
    // starts processes, which know nothing of the active mutant
    exclude: ["test/store/processes.test.ts"]
  },
  http: { include: ["test/http/**/*.test.ts"] }
}

const folder = process.env["MUTATION_FOLDER"] ?? ""
const selection = tests[folder]
if (selection === undefined)
  throw new Error(`MUTATION_FOLDER "${folder}" is none of ${Object.keys(tests).join(", ")}`)

/** Runs short test files first, since the first failure ends a run; vitest itself begins with the longest. */
class ShortestFirst extends BaseSequencer {
  override sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const size = ({ moduleId }: TestSpecification) => statSync(moduleId).size
    return Promise.resolve([...files].sort((a, b) => size(a) - size(b)))
  }
}

export default defineConfig({
  ...base,
  test: {
    ...selection,
    setupFiles: base.test?.setupFiles ?? [],
    sequence: { sequencer: ShortestFirst },
    testTimeout: 30_000,
    hookTimeout: 30_000
  }
})
