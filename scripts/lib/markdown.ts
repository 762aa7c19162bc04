export interface CodeLine {
  readonly text: string
  /** The line in the file that the code stands in, counted from 1. */
  readonly line: number
}

export interface CodeBlock {
  readonly language: string
  readonly line: number
  /** Whether a `<!-- continues -->` before the fence joins this block to the one before it. */
  readonly continues: boolean
  readonly code: ReadonlyArray<CodeLine>
}

const fence = /^(\s*)(`{3,}|~{3,})\s*([^\s`]*)/

/** The fenced blocks of a text, and the text outside them line by line (blank where a block stood). */
export function readFences(lines: ReadonlyArray<string>): {
  readonly blocks: ReadonlyArray<CodeBlock>
  readonly prose: ReadonlyArray<string>
} {
  const blocks: Array<CodeBlock> = []
  const prose: Array<string> = []
  let open: { readonly indent: number; readonly mark: string; readonly code: Array<CodeLine> } | undefined
  lines.forEach((text, index) => {
    const [, indent = "", mark = "", language = ""] = fence.exec(text) ?? []
    if (open === undefined && mark === "") {
      prose.push(text)
      return
    }
    if (open === undefined) {
      const before = prose.filter((line) => line.trim() !== "").at(-1)
      open = { indent: indent.length, mark, code: [] }
      blocks.push({
        language: language.toLowerCase(),
        line: index + 1,
        continues: before?.trim() === "<!-- continues -->",
        code: open.code
      })
    } else if (mark.startsWith(open.mark) && language === "") {
      open = undefined
    } else {
      const blank = new RegExp(`^\\s{0,${open.indent}}`)
      open.code.push({ text: text.replace(blank, ""), line: index + 1 })
    }
    prose.push("")
  })
  return { blocks, prose }
}

/** The doc comments of a TypeScript file as text, at their own lines; everything else is blank. */
export function readDocComments(source: string): ReadonlyArray<string> {
  const lines = source.split("\n").map(() => "")
  for (const match of source.matchAll(/\/\*\*[\s\S]*?\*\//g)) {
    const first = source.slice(0, match.index).split("\n").length - 1
    match[0].split("\n").forEach((line, index) => {
      lines[first + index] = line.replace(/^\s*(\/\*\*|\*\/|\*) ?/, "").replace(/\s*\*\/$/, "")
    })
  }
  return lines
}

const withoutCode = (line: string): string => line.replace(/(`+)(?!`).*?(?<!`)\1(?!`)/g, "")

/** The targets of a page's links, in text outside code. */
export function readLinks(
  prose: ReadonlyArray<string>
): ReadonlyArray<{ readonly target: string; readonly line: number }> {
  return prose.flatMap((text, index) => {
    const line = withoutCode(text)
    const found = [
      ...line.matchAll(/\]\(<?([^)\s>]+)[^)]*\)/g),
      ...line.matchAll(/^\s*\[[^\]]+\]:\s+<?([^\s>]+)/g)
    ]
    return found.map(([, target = ""]) => ({ target, line: index + 1 }))
  })
}

/** The anchors that a page offers, made from its headings the way code hosts make them. */
export function readAnchors(prose: ReadonlyArray<string>): ReadonlySet<string> {
  const anchors = new Set<string>()
  for (const line of prose) {
    for (const [, id = ""] of line.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) anchors.add(id)
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1]
    if (heading === undefined) continue
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-")
    let anchor = slug
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`
    anchors.add(anchor)
  }
  return anchors
}
