import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join, normalize } from "node:path"
import { checkPrograms, type Program } from "./lib/doc-programs.js"
import { readAnchors, readDocComments, readFences, readLinks, type CodeBlock } from "./lib/markdown.js"

const workDir = ".docs-check"

const listFiles = (dir: string, ending: string): ReadonlyArray<string> =>
  existsSync(dir)
    ? readdirSync(dir, { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(ending))
        .map((name) => join(dir, name))
        .sort()
    : []

const readLines = (file: string): ReadonlyArray<string> => readFileSync(file, "utf8").split(/\r?\n/)

const problems: Array<string> = []
const programs: Array<Program> = []

function collectPrograms(file: string, blocks: ReadonlyArray<CodeBlock>): void {
  let last: Program | undefined
  for (const block of blocks) {
    if (block.language !== "ts" && block.language !== "typescript") continue
    const lines = block.code.map(({ text, line }) => ({ text, file, line }))
    if (!block.continues) {
      last = { name: `${file.replace(/\W+/g, "-")}-L${block.line}.ts`, lines }
      programs.push(last)
    } else if (last === undefined) {
      problems.push(`${file}:${block.line}: continues a block, but there is none before it`)
    } else {
      last.lines.push(...lines)
    }
  }
}

const scripts = Object.keys(
  (JSON.parse(readFileSync("package.json", "utf8")) as { readonly scripts: Record<string, string> }).scripts
)

function checkCommands(file: string, lines: ReadonlyArray<string>): void {
  lines.forEach((text, index) => {
    const named = [
      ...text.matchAll(/\bnpm run (?:--?[\w-]+ )*(\w(?:[\w:.-]*\w)?)/g),
      ...text.matchAll(/\bnpm (test|start)\b/g)
    ]
    for (const [command, script = ""] of named) {
      if (!scripts.includes(script)) {
        problems.push(`${file}:${index + 1}: ${command}: package.json has no script ${script}`)
      }
    }
  })
}

const prosesOf = new Map<string, ReadonlyArray<string>>()

function checkLinks(file: string, prose: ReadonlyArray<string>): void {
  for (const { target, line } of readLinks(prose)) {
    if (/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(target)) continue
    const [path = "", anchor] = decodeURI(target).split("#", 2)
    const page =
      path === "" ? file : path.startsWith("/") ? path.slice(1) : normalize(join(dirname(file), path))
    if (!existsSync(page)) {
      problems.push(`${file}:${line}: link to ${target}: ${page} does not exist`)
    } else if (anchor !== undefined && page.endsWith(".md")) {
      const there = prosesOf.get(page) ?? readFences(readLines(page)).prose
      if (!readAnchors(there).has(anchor)) {
        problems.push(`${file}:${line}: link to ${target}: ${page} has no heading for #${anchor}`)
      }
    }
  }
}

const pages = [
  ...readdirSync(".").filter((name) => name.endsWith(".md")),
  ...["docs", "examples"].flatMap((dir) => listFiles(dir, ".md"))
].filter((page) => !page.includes("node_modules"))

for (const page of pages) {
  const lines = readLines(page)
  const { blocks, prose } = readFences(lines)
  prosesOf.set(page, prose)
  collectPrograms(page, blocks)
  checkCommands(page, lines)
}
for (const [page, prose] of prosesOf) checkLinks(page, prose)

for (const file of listFiles("src", ".ts")) {
  const { blocks, prose } = readFences(readDocComments(readFileSync(file, "utf8")))
  collectPrograms(file, blocks)
  prose.forEach((text, index) => {
    if (!text.trim().startsWith("@example")) return
    const next = blocks.find(({ line }) => line > index + 1)
    const between = prose.slice(index + 1, next === undefined ? undefined : next.line - 1)
    if (next === undefined || between.some((line) => line.trim().startsWith("@"))) {
      problems.push(`${file}:${index + 1}: an @example holds a fenced block`)
    }
  })
}

// The programs lie inside the project, so that its packages are found.
rmSync(workDir, { recursive: true, force: true })
mkdirSync(workDir)
try {
  for (const { name, lines } of programs) {
    writeFileSync(join(workDir, name), lines.map(({ text }) => `${text}\n`).join(""))
  }
  problems.push(...checkPrograms(workDir, programs))
} finally {
  rmSync(workDir, { recursive: true, force: true })
}

for (const problem of problems) console.error(problem)
console.log(`${pages.length} pages, ${programs.length} programs in docs, ${problems.length} problems`)
if (problems.length > 0) process.exitCode = 1
