import { configDefaults, defineConfig, mergeConfig } from "vitest/config"
import base from "./vitest.config.js"

/** The campaigns of several processes, one after the other; `CAMPAIGN_SIZE=0.2` is a fifth of them. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [], exclude: configDefaults.exclude } },
  defineConfig({
    test: {
      include: ["test/processes/**/*.test.ts"],
      fileParallelism: false,
      // a campaign ends by its own count; this is for a hang
      testTimeout: 1_800_000
    }
  })
)
