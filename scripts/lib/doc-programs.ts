import { join } from "node:path"
import ts from "typescript"

export interface Program {
  readonly name: string
  readonly lines: Array<{ readonly text: string; readonly file: string; readonly line: number }>
}

/** Type-checks all programs at once; each problem names the line of the page that the code stands in. */
export function checkPrograms(dir: string, programs: ReadonlyArray<Program>): ReadonlyArray<string> {
  const read: { readonly config?: unknown; readonly error?: ts.Diagnostic | undefined } = ts.readConfigFile(
    "tsconfig.test.json",
    (path) => ts.sys.readFile(path)
  )
  if (read.error !== undefined) throw new Error(ts.flattenDiagnosticMessageText(read.error.messageText, "\n"))
  const { options } = ts.parseJsonConfigFileContent(read.config, ts.sys, ".", {
    // A page may introduce a name and use it in its next sentence; the libraries are checked with the sources.
    noUnusedLocals: false,
    noUnusedParameters: false,
    skipLibCheck: true
  })

  const names = programs.map(({ name }) => join(dir, name))
  const program = ts.createProgram(names, options)
  const describe = (diagnostic: ts.Diagnostic, where: string): string =>
    `${where}: TS${diagnostic.code} ${ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n")}`

  return [
    ...program.getOptionsDiagnostics().map((diagnostic) => describe(diagnostic, "tsconfig.test.json")),
    ...programs.flatMap(({ lines }, index) => {
      const file = program.getSourceFile(names[index] ?? "")
      const diagnostics = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
      return diagnostics.map((diagnostic) => {
        const line = file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0
        const origin = lines[line] ?? lines.at(-1)
        return describe(diagnostic, `${origin?.file}:${origin?.line}`)
      })
    })
  ]
}
