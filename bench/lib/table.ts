import type { Report } from "./report.js"

type Rows = ReadonlyArray<ReadonlyArray<string>>

/** Rows as text, each column as wide as its widest cell; all but the first are aligned to the right. */
export const textTable = (columns: ReadonlyArray<string>, rows: Rows): string => {
  const all = [columns, ...rows]
  const widths = columns.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const line = (row: ReadonlyArray<string>) =>
    widths
      .map((width, column) =>
        column === 0 ? (row[column] ?? "").padEnd(width) : (row[column] ?? "").padStart(width)
      )
      .join("  ")
      .trimEnd()
  return [line(columns), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)].join("\n")
}

export const markdownTable = (columns: ReadonlyArray<string>, rows: Rows): string => {
  const line = (row: ReadonlyArray<string>) => `| ${row.join(" | ")} |`
  return [
    line(columns),
    line(columns.map((_, column) => (column === 0 ? "---" : "---:"))),
    ...rows.map(line)
  ].join("\n")
}

const targetColumns = ["target", "wanted", "figure", "outcome"]

const targetRows = ({ targets }: Report): Rows =>
  targets.map(({ figure, reached, wanted, what }) => [what, wanted, figure, reached ? "reached" : "missed"])

const rendered = (report: Report, heading: string, table: typeof textTable): string =>
  [
    heading,
    report.how,
    table(report.columns, report.rows),
    ...(report.targets.length === 0 ? [] : [table(targetColumns, targetRows(report))]),
    ...report.wrong.map((wrong) => `WRONG: ${wrong}`)
  ].join("\n\n")

export const asText = (report: Report): string =>
  rendered(report, `=== ${report.title} (${report.name})`, textTable)

export const asMarkdown = (report: Report): string => rendered(report, `### ${report.title}`, markdownTable)
