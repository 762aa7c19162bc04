/**
 * How many random cases a test plays. `npm test` plays as many as meet everything that a test has to meet, and the same
 * ones on every machine. `npm run test:models` plays more, and others every time.
 */
const fromEnvironment = (name: string, fallback: number): number => {
  const value = process.env[name]
  return value === undefined || value === "" ? fallback : Number(value)
}

/** How many times as many as in `npm test`. */
export const factor = fromEnvironment("CASES_FACTOR", 1)

export const seed = fromEnvironment("CASES_SEED", 1)

export const cases = (usual: number): number => Math.ceil(usual * factor)

/** What repeats a run, for the message of one that failed. */
export const rerun = `CASES_SEED=${seed} CASES_FACTOR=${factor}`
