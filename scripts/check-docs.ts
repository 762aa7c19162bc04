/**
 * Type-checks every TypeScript block of the pages and of the doc comments in src, and finds npm scripts that a page names
 * and package.json lacks. A block is a module of its own, unless `<!-- continues -->` joins it to the block before it.
 */
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import ts from "typescript"

const problems: Array<string> = []

/** By name, each program's lines, in the places in which its page has them. */
const programs = new Map<string, Array<string>>()

function collectPrograms(file: string, lines: ReadonlyArray<string>): void {
  let program: Array<string> | undefined
  let fence: { readonly mark: string; readonly indent: RegExp; readonly isCode: boolean } | undefined
  lines.forEach((line, index) => {
    const [, indent = "", mark = "", language = ""] = /^(\s*)(`{3,}|~{3,})\s*([^\s`]*)/.exec(line) ?? []
    if (fence === undefined && mark !== "") {
      const isCode = /^(ts|typescript)$/i.test(language)
      const before = lines
        .slice(0, index)
        .filter((text) => text.trim() !== "")
        .at(-1)
      fence = { mark, indent: new RegExp(`^\\s{0,${indent.length}}`), isCode }
      if (!isCode || (before?.trim() === "<!-- continues -->" && program !== undefined)) return
      programs.set(`${file}.L${index + 1}.ts`, (program = []))
    } else if (fence !== undefined && mark.startsWith(fence.mark) && language === "") {
      fence = undefined
    } else if (fence?.isCode) {
      while (program !== undefined && program.length < index) program.push("")
      program?.push(line.replace(fence.indent, ""))
    } else if (line.startsWith("@example") && !lines[index + 1]?.startsWith("```ts")) {
      problems.push(`${file}:${index + 1}: an @example starts with a TypeScript block`)
    }
  })
}

const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly scripts: object }

function checkCommands(file: string, lines: ReadonlyArray<string>): void {
  lines.forEach((line, index) => {
    const commands = [
      ...line.matchAll(/\bnpm run (?:--?[\w-]+ )*(\w(?:[\w:.-]*\w)?)/g),
      ...line.matchAll(/\bnpm (test|start)\b/g)
    ]
    for (const [command, name = ""] of commands) {
      if (!(name in scripts))
        problems.push(`${file}:${index + 1}: ${command}: package.json has no such script`)
    }
  })
}

function typeCheck(): void {
  const read: { readonly config?: unknown } = ts.readConfigFile("tsconfig.test.json", (path) =>
    ts.sys.readFile(path)
  )
  // A page may introduce a name and use it in its next sentence; the libraries are checked with the sources.
  const leniency = { noUnusedLocals: false, noUnusedParameters: false, skipLibCheck: true }
  const { options } = ts.parseJsonConfigFileContent(read.config, ts.sys, ".", leniency)
  const host = ts.createCompilerHost(options)
  const readFile = host.readFile
  host.readFile = (path) => programs.get(path)?.join("\n") ?? readFile(path)
  const checked = ts.createProgram([...programs.keys()], options, host)
  for (const name of programs.keys()) {
    const source = checked.getSourceFile(name)
    for (const { start, code, messageText } of [
      ...checked.getSyntacticDiagnostics(source),
      ...checked.getSemanticDiagnostics(source)
    ]) {
      const line = source?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0
      const message = ts.flattenDiagnosticMessageText(messageText, "\n")
      problems.push(`${name.replace(/\.L\d+\.ts$/, "")}:${line + 1}: TS${code} ${message}`)
    }
  }
}

const listed = execFileSync("git", [
  "ls-files",
  "--cached",
  "--others",
  "--exclude-standard",
  "*.md",
  "src/*.ts"
])
const files = listed.toString().trim().split("\n")
for (const file of files) {
  const lines = readFileSync(file, "utf8").split(/\r?\n/)
  if (file.endsWith(".md")) {
    collectPrograms(file, lines)
    checkCommands(file, lines)
  } else {
    collectPrograms(
      file,
      lines.map((line) => /^\s*\* ?(?!\/)(.*)/.exec(line)?.[1] ?? "")
    )
  }
}
typeCheck()

for (const problem of problems) console.error(problem)
console.log(`${files.length} files, ${programs.size} programs in docs, ${problems.length} problems`)
if (problems.length > 0) process.exitCode = 1
