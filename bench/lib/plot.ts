import type { Chart } from "./report.js"
import { number } from "./report.js"

const width = 760
const left = 240
const right = 90
const rowHeight = 20
const titleHeight = 30
const gap = 18

const own = "#2f7ed8"
const other = "#8a8f98"

const escaped = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;")

const heightOf = ({ bars }: Chart): number => titleHeight + bars.length * rowHeight + gap

/** How long the bar of a value is, as a part of the longest. Where the chart says so, by powers of ten. */
const scaleOf = ({ bars, title }: Chart): ((value: number) => number) => {
  const values = bars.map(([, value]) => value).filter((value) => value > 0)
  const most = Math.max(...values)
  if (!title.includes("log scale")) return (value) => value / most
  const least = 10 ** Math.floor(Math.log10(Math.min(...values)))
  // a value at the power of ten itself has a bar too
  const decades = Math.log10(most / least) + 0.15
  return (value) => (value <= 0 ? 0 : (Math.log10(value / least) + 0.15) / decades)
}

const drawn = (chart: Chart, top: number): string => {
  const scale = scaleOf(chart)
  const bars = chart.bars.map(([label, value], row) => {
    const y = top + titleHeight + row * rowHeight
    const length = Math.max(1, scale(value) * (width - left - right))
    const colour = label.includes("effect-oauth") || label.includes("BearerClient") ? own : other
    return [
      `<text x="${String(left - 8)}" y="${String(y + 12)}" text-anchor="end">${escaped(label)}</text>`,
      `<rect x="${String(left)}" y="${String(y + 2)}" width="${length.toFixed(1)}" height="13" rx="2" fill="${colour}"/>`,
      `<text x="${(left + length + 6).toFixed(1)}" y="${String(y + 12)}">${number(value)}</text>`
    ].join("")
  })
  const title = `<text x="0" y="${String(top + 18)}" font-weight="600" font-size="13">${escaped(chart.title)}, ${escaped(chart.unit)}</text>`
  return [title, ...bars].join("\n")
}

/** Bar charts, one below the other, in colours that can be read on light and on dark ground. */
export const plot = (charts: ReadonlyArray<Chart>): string => {
  const tops = charts.map((_, at) => charts.slice(0, at).reduce((sum, chart) => sum + heightOf(chart), 0))
  const height = charts.reduce((sum, chart) => sum + heightOf(chart), 0)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(width)} ${String(height)}" width="${String(width)}" font-family="system-ui, sans-serif" font-size="12" fill="#7a808a">`,
    ...charts.map((chart, at) => drawn(chart, tops[at] ?? 0)),
    "</svg>",
    ""
  ].join("\n")
}
