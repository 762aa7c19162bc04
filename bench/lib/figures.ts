import { readFileSync } from "node:fs"
import { machine, versions } from "./machine.js"
import type { Report } from "./report.js"

/** Everything that a run found, with what it was found on. */
export interface Figures {
  readonly machine: string
  readonly versions: Readonly<Record<string, string>>
  readonly quick: boolean
  readonly reports: ReadonlyArray<Report>
}

export const figuresOf = (reports: ReadonlyArray<Report>, quick: boolean): Figures => ({
  machine: machine(),
  versions: versions(),
  quick,
  reports
})

/** Figures that an earlier run wrote. */
export const readFigures = (file: string): Figures => JSON.parse(readFileSync(file, "utf8")) as Figures
