/** The picture that `watch` draws. */
import * as Option from "effect/Option"
import type { Style } from "../render/style.js"
import { column, count, cut, printable, span, widthOf } from "../render/text.js"
import type { Failure, Refreshed, Row } from "./row.js"

/** Where it is drawn. */
export interface Canvas {
  readonly columns: number
  readonly rows: number
  readonly style: Style
  readonly glyphs: Glyphs
}

/** The lines of the picture: none is wider than the canvas, and there are no more of them than it has. */
export const frame = (rows: ReadonlyArray<Row>, canvas: Canvas): ReadonlyArray<string> => {
  const columns = columnsFor(rows, canvas.columns)
  const lines = [
    line(
      [
        ["effect-oauth watch", "strong"],
        [`  ${count(rows.length, "provider")}, Ctrl-C ends it`, "faint"]
      ],
      canvas
    ),
    "",
    ...rows.flatMap((row) => [
      line(rowParts(row, columns, canvas.glyphs), canvas),
      ...Option.match(row.failure, {
        onNone: () => [],
        onSome: (failure) => [line([[`    ${failureText(failure)}`, failureTone(row)]], canvas)]
      })
    ])
  ]
  return lines.length <= canvas.rows
    ? lines
    : [
        ...lines.slice(0, Math.max(0, canvas.rows - 1)),
        line([[`… ${count(lines.length - canvas.rows + 1, "more line")}`, "faint"]], canvas)
      ]
}

type Part = readonly [text: string, tone: keyof Style | undefined]

/** The parts one after another, as far as the canvas is wide. */
const line = (parts: ReadonlyArray<Part>, { columns, style }: Canvas): string => {
  const shown: Array<string> = []
  let room = columns
  for (const [text, tone] of parts) {
    const fitting = cut(text, room)
    room -= widthOf(fitting)
    shown.push(tone === undefined ? fitting : style[tone](fitting))
  }
  return shown.join("")
}

interface Columns {
  readonly name: number
  readonly bar: number
  readonly refreshed: boolean
}

/** First the last refresh makes room for the bar, then the bar for the rest. */
const columnsFor = (rows: ReadonlyArray<Row>, width: number): Columns => {
  const name = Math.min(widestName, Math.max(0, ...rows.map(({ name }) => widthOf(printable(name)))))
  const left = width - (2 + name + gap + stateWidth + gap + timeWidth) - gap
  const refreshed = left - refreshedWidth - gap >= narrowestBar
  const bar = Math.min(widestBar, refreshed ? left - refreshedWidth - gap : left)
  return { name, bar: bar < narrowestBar ? 0 : bar, refreshed }
}

const gap = 2
const stateWidth = "login needed".length
const timeWidth = "no expiry".length
const refreshedWidth = "refreshed 59m 59s ago (999ms)".length
const widestName = 24
const widestBar = 40
const narrowestBar = 8

const rowParts = (row: Row, columns: Columns, glyphs: Glyphs): ReadonlyArray<Part> => {
  const space = " ".repeat(gap)
  const part = Option.match(row.remaining, { onNone: () => 0, onSome: ({ part }) => part })
  const time = Option.match(row.remaining, { onNone: () => "", onSome: ({ time }) => timeText(time) })
  return [
    [`  ${column(printable(row.name), columns.name)}${space}`, "strong"],
    [`${column(row.state.word, stateWidth)}${space}`, row.state.tone],
    ...(columns.bar === 0 ? [] : [[`${bar(part, columns.bar, glyphs)}${space}`, row.state.tone] as const]),
    [columns.refreshed ? `${column(time, timeWidth)}${space}` : time, undefined],
    ...(columns.refreshed ? [[refreshedText(row.refreshed), "faint"] as const] : [])
  ]
}

const timeText = (time: number): string => (Number.isFinite(time) ? span(wholeSeconds(time)) : "no expiry")

const refreshedText = (refreshed: Option.Option<Refreshed>): string =>
  Option.match(refreshed, {
    onNone: () => "",
    onSome: ({ age, took }) =>
      `refreshed ${agoText(age)}${Option.match(took, { onNone: () => "", onSome: (took) => ` (${span(took)})` })}`
  })

const failureText = ({ age, message, retryIn }: Failure): string => {
  const when = [
    ...Option.match(age, { onNone: () => [], onSome: (age) => [`failed ${agoText(age)}`] }),
    ...Option.match(retryIn, { onNone: () => [], onSome: (retryIn) => [retryText(retryIn)] })
  ]
  return [...(when.length === 0 ? [] : [when.join(", ")]), printable(message)].join(": ")
}

const retryText = (retryIn: number): string =>
  Number.isFinite(retryIn)
    ? `next attempt in ${span(wholeSeconds(retryIn))}`
    : "no attempt before somebody acts"

/** While a good token is in hand, a failure behind it is a remark. */
const failureTone = ({ remaining }: Row): keyof Style => (Option.isSome(remaining) ? "faint" : "bad")

const agoText = (age: number): string => (age < 1000 ? "just now" : `${span(age)} ago`)

/** A countdown shows no parts of a second. */
const wholeSeconds = (milliseconds: number): number => Math.max(1000, Math.ceil(milliseconds / 1000) * 1000)

/** What a bar is made of. */
export interface Glyphs {
  readonly full: string
  readonly empty: string
}

/** For terminals that show Unicode. */
export const blocks: Glyphs = { full: "█", empty: "░" }

/** For all others. */
export const ascii: Glyphs = { full: "#", empty: "." }

/** A bar of a width, full to a part between 0 and 1. It is empty at 0 alone, and full at 1 alone. */
export const bar = (part: number, width: number, glyphs: Glyphs): string => {
  const full = part <= 0 ? 0 : part >= 1 ? width : Math.min(width - 1, Math.max(1, Math.round(part * width)))
  return glyphs.full.repeat(Math.max(0, full)) + glyphs.empty.repeat(Math.max(0, width - full))
}
