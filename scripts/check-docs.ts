/**
 * Type-checks every TypeScript block of the pages and of the doc comments in src, and finds npm scripts that a page names
 * and package.json lacks. A block is a module of its own, unless `<!-- continues -->` joins it to the block before it.
 */
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import ts from "typescript"
import { readFences } from "./lib/fences.js"

const problems: Array<string> = []

/** By name, each program's lines, in the places in which its page has them. */
const programs = new Map<string, Array<string>>()

function collectPrograms(file: string, lines: ReadonlyArray<string>): void {
  let program: Array<string> | undefined
  for (const { code, continues, language, line } of readFences(lines)) {
    if (language !== "ts" && language !== "typescript") continue
    if (!continues) programs.set(`${file}.L${line}.ts`, (program = []))
    else if (program === undefined) problems.push(`${file}:${line}: there is no block to continue`)
    for (const { line, text } of code) if (program !== undefined) program[line - 1] = text
  }
  lines.forEach((line, index) => {
    if (line.startsWith("@example") && !lines[index + 1]?.startsWith("```ts")) {
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
