/** A fenced block of a Markdown text. Lines are counted from 1. */
export interface CodeBlock {
  readonly language: string
  /** The line of the opening fence. */
  readonly line: number
  /** Whether `<!-- continues -->` before the fence joins this block to the one before it. */
  readonly continues: boolean
  readonly code: ReadonlyArray<{ readonly text: string; readonly line: number }>
}

/** The fenced blocks of a Markdown text, in their order. */
export function readFences(lines: ReadonlyArray<string>): ReadonlyArray<CodeBlock> {
  const blocks: Array<CodeBlock> = []
  let open: { readonly mark: string; readonly indent: RegExp; readonly code: Array<CodeLine> } | undefined
  let before = ""
  lines.forEach((text, index) => {
    const [, indent = "", mark = "", language = ""] = /^(\s*)(`{3,}|~{3,})\s*([^\s`]*)/.exec(text) ?? []
    const line = index + 1
    if (open === undefined && mark !== "") {
      open = { mark, indent: new RegExp(`^\\s{0,${indent.length}}`), code: [] }
      const continues = before === "<!-- continues -->"
      blocks.push({ language: language.toLowerCase(), line, continues, code: open.code })
    } else if (open !== undefined && mark.startsWith(open.mark) && language === "") {
      open = undefined
      before = ""
    } else if (open !== undefined) {
      open.code.push({ text: text.replace(open.indent, ""), line })
    } else if (text.trim() !== "") {
      before = text.trim()
    }
  })
  return blocks
}

type CodeLine = CodeBlock["code"][number]
