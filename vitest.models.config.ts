import { defineConfig } from "vitest/config"
import base from "./vitest.config.js"

/** `npm run test:models`: the models and the large properties, with ten times the cases of `npm test` and a new seed. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: [
      "test/model/*.test.ts",
      "test/sharing-model/*.test.ts",
      "test/config/{dot-env,interpolation,s46-any-file}.test.ts",
      "test/tenants/TenantProvider.test.ts",
      "test/wire/{client-authentication,decoder,discovery,s21-server-text}.test.ts"
    ],
    env: {
      CASES_FACTOR: process.env["CASES_FACTOR"] ?? "10",
      CASES_SEED: process.env["CASES_SEED"] ?? String(Math.floor(Math.random() * 0x7fffffff))
    },
    testTimeout: 3_600_000
  }
})
