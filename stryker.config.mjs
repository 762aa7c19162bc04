// Mutation testing of one folder of src, which MUTATION_FOLDER names; `npm run mutation` sets it.
const folder = process.env.MUTATION_FOLDER
if (folder === undefined) throw new Error("MUTATION_FOLDER is not set; use `npm run mutation -- <folder>`")

const reports = `reports/mutation/${folder}`

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner", "./scripts/mutation-results.mjs"],
  vitest: { configFile: "vitest.mutation.config.ts", related: false },
  mutate: [`src/${folder}/**/*.ts`],
  coverageAnalysis: "perTest",
  // a mutant of code that runs on import would need every test of the folder
  ignoreStatic: true,
  disableTypeChecks: false,
  ignorePatterns: ["bench", "dist", "docs", "examples", "reports", "test-types"],
  incremental: true,
  incrementalFile: `${reports}/incremental.json`,
  reporters: ["clear-text", "html", "json", "results"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  htmlReporter: { fileName: `${reports}/mutation.html` },
  jsonReporter: { fileName: `${reports}/mutation.json` },
  concurrency: Number(process.env.MUTATION_CONCURRENCY ?? 2),
  // a test runner grows with every run: 2 GB within ten minutes
  maxTestRunnerReuse: 100,
  // a busy machine must not count as a kill
  timeoutMS: 30_000,
  timeoutFactor: 4,
  dryRunTimeoutMinutes: 20,
  thresholds: { high: 92, low: 88, break: null }
}
