import { createRequire } from "node:module"
import ts from "typescript"

interface EffectChecker {
  readonly checkSourceFileWorker: (
    instance: typeof ts,
    program: ts.Program,
    file: ts.SourceFile,
    options: ts.CompilerOptions,
    report: (diagnostic: ts.Diagnostic) => void,
    caller: "tsc"
  ) => void
}

const effect = createRequire(import.meta.url)(
  "@effect/language-service/effect-lsp-patch-utils.js"
) as EffectChecker

/**
 * Under NodeNext the compiler wraps `import * as Effect from "effect/Effect"` (a module of CommonJS form), and the
 * language service then no longer recognizes `Effect.succeed` and its like: half of its diagnostics go silent. Its own
 * command takes the module settings from tsconfig.json, so this check runs the same rules with the bundler's resolution.
 */
const resolution = { module: ts.ModuleKind.Preserve, moduleResolution: ts.ModuleResolutionKind.Bundler }

function diagnose(project: string): ReadonlyArray<ts.Diagnostic> {
  const config = ts.getParsedCommandLineOfConfigFile(project, resolution, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
      throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"))
    }
  })
  if (config === undefined) throw new Error(`${project} cannot be read`)
  const program = ts.createProgram(config.fileNames, config.options)
  const found: Array<ts.Diagnostic> = []
  for (const fileName of config.fileNames) {
    const file = program.getSourceFile(fileName)
    if (file === undefined) throw new Error(`${fileName} is not part of ${project}`)
    effect.checkSourceFileWorker(ts, program, file, config.options, (one) => found.push(one), "tsc")
  }
  // Suggestions come back as messages: they are for the editor.
  const counted = found.filter((one) => one.category !== ts.DiagnosticCategory.Message)
  console.log(`${project}: ${config.fileNames.length} files, ${counted.length} Effect diagnostics`)
  return counted
}

const found = ["tsconfig.src.json", "tsconfig.test.json"].flatMap(diagnose)
if (found.length > 0) {
  console.error(
    ts.formatDiagnosticsWithColorAndContext(found, {
      getCanonicalFileName: (name) => name,
      getCurrentDirectory: () => process.cwd(),
      getNewLine: () => "\n"
    })
  )
  process.exitCode = 1
}
