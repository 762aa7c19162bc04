import { appendFileSync, mkdirSync } from "node:fs"

const folder = `reports/mutation/${process.env.MUTATION_FOLDER ?? ""}`

/** Appends each result to `results.jsonl` as it comes: Stryker writes its reports, and the incremental file, at the end. */
class ResultsReporter {
  onMutationTestingPlanReady({ mutantPlans }) {
    mkdirSync(folder, { recursive: true })
    this.#append({ startedAt: new Date().toISOString(), mutants: mutantPlans.length })
  }

  onMutantTested({ fileName, location, mutatorName, replacement, status, killedBy }) {
    const { line, column } = location.start
    this.#append({ fileName, line, column, mutatorName, replacement, status, killedBy })
  }

  #append(entry) {
    appendFileSync(`${folder}/results.jsonl`, `${JSON.stringify(entry)}\n`)
  }
}

export const strykerPlugins = [{ kind: "Reporter", name: "results", injectableClass: ResultsReporter }]
