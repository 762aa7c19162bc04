import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Figures } from "./figures.js"
import { root } from "./paths.js"
import { plot } from "./plot.js"
import { asMarkdown } from "./table.js"

export interface Outputs {
  readonly json?: string | undefined
  readonly plot: boolean
  readonly docs: boolean
}

/** Puts each report between its two markers; one whose markers are not there stays away. */
const withTables = (page: string, figures: Figures): string =>
  figures.reports.reduce(
    (page, report) => between(page, report.name, asMarkdown(report)),
    between(page, "machine", measuredOn(figures))
  )

const between = (page: string, name: string, text: string): string => {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [from, to] = [page.indexOf(start), page.indexOf(end)]
  return from < 0 || to < from
    ? page
    : `${page.slice(0, from + start.length)}\n\n${text}\n\n${page.slice(to)}`
}

const measuredOn = ({ machine, versions }: Figures): string =>
  `Measured on ${machine}, with ${Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ")}.`

/** Writes what was asked for. */
export const write = (figures: Figures, { docs, json, plot: draw }: Outputs): void => {
  process.stdout.write(`\n${measuredOn(figures)}\n`)
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(figures, undefined, 2)}\n`)
  if (draw) {
    const charts = figures.reports.flatMap(({ charts }) => charts)
    writeFileSync(join(root, "docs", "performance.svg"), plot(charts))
  }
  if (docs) {
    const file = join(root, "docs", "performance.md")
    writeFileSync(file, withTables(readFileSync(file, "utf8"), figures))
  }
}
