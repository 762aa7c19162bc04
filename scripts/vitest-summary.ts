import type { Reporter, TestModule } from "vitest/node"

/** Ends a run with one plain line, `N passed, N failed`, for people and programs that read only the last line. */
export default class VitestSummary implements Reporter {
  private line: string | undefined

  onInit(): void {
    // Vitest still prints after its reporters have finished, so the line waits for the end of the process.
    process.once("exit", () => {
      if (this.line !== undefined) process.stdout.write(`${this.line}\n`)
    })
  }

  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandledErrors: ReadonlyArray<unknown>): void {
    let passed = 0
    let failed = unhandledErrors.length
    let skipped = 0
    for (const module of modules) {
      let failedHere = 0
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === "passed") passed++
        else if (state === "failed") failedHere++
        else skipped++
      }
      // A file that cannot be loaded, or a hook that throws, fails without a failed test.
      failed += failedHere === 0 && !module.ok() ? 1 : failedHere
    }
    this.line = `${passed} passed, ${failed} failed` + (skipped > 0 ? `, ${skipped} skipped` : "")
  }
}
