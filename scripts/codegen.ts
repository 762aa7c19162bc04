/**
 * Writes each index.ts and the `exports` of package.json; with `--check`, fails where they are stale.
 *
 * A public module is a file of src with a capital initial, outside `internal/` and `cli/`, whose first doc comment does not
 * say `@internal`.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { basename, posix } from "node:path"

/** The folders whose modules have an entry point of their own; the empty one stands for all the others. */
const entryPoints = ["", "auth0", "config", "sql", "testing"]

/** Modules of types alone, whose types an entry point exports by name instead of under a namespace. */
const exportedByName = ["config/ConfiguredProvider"]

interface Module {
  /** Its path below src, without `.ts`. */
  readonly path: string
  readonly name: string
  readonly entryPoint: string
  readonly source: string
}

const firstDocComment = (source: string): string => /^\/\*\*.*?\*\/\n/s.exec(source)?.[0] ?? ""

function readModules(): ReadonlyArray<Module> {
  return readdirSync("src", { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => /^(.*\/)?[A-Z]\w*\.ts$/.test(file) && !/(^|\/)(internal|cli)\//.test(file))
    .map((file) => ({
      path: file.replace(/\.ts$/, ""),
      name: basename(file, ".ts"),
      entryPoint: entryPoints.find((folder) => file.split("/").slice(0, -1).includes(folder)) ?? "",
      source: readFileSync(`src/${file}`, "utf8")
    }))
    .filter(({ source }) => !firstDocComment(source).includes("@internal"))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The first paragraph of a module's doc comment and its tags, as a doc comment. */
function summary({ path, source }: Module): string {
  const lines = firstDocComment(source)
    .split("\n")
    .slice(1, -2)
    .map((line) => line.replace(/^ \* ?/, ""))
  const end = lines.findIndex((line) => line === "" || line.startsWith("@"))
  const since = lines.find((line) => line.startsWith("@since"))
  if (since === undefined) throw new Error(`src/${path}.ts: the first doc comment has no @since`)
  const paragraph = lines.slice(0, end)
  const text = paragraph.length === 0 ? [since] : [...paragraph, "", since]
  return `/**\n${text.map((line) => ` * ${line}`.trimEnd()).join("\n")}\n */\n`
}

function exportDeclaration(module: Module, from: string): string {
  const path = posix.relative(from, module.path)
  const specifier = `"${path.startsWith(".") ? path : `./${path}`}.js"`
  if (!exportedByName.includes(module.path)) return `export * as ${module.name} from ${specifier}\n`
  const names = [...module.source.matchAll(/^export (?:interface|type) (\w+)/gm)].map(([, name]) => name)
  return `export type { ${names.sort().join(", ")} } from ${specifier}\n`
}

/** The index of an entry point; its own first doc comment is written by hand and stays. */
function renderIndex(file: string, modules: ReadonlyArray<Module>): string {
  const from = posix.dirname(posix.relative("src", file))
  const declarations = modules.map((module) => `\n${summary(module)}${exportDeclaration(module, from)}`)
  return firstDocComment(readFileSync(file, "utf8")) + declarations.join("")
}

const subpath = (entryPoint: string) => (entryPoint === "" ? "." : `./${entryPoint}`)

const target = (path: string) => ({ types: `./dist/${path}.d.ts`, default: `./dist/${path}.js` })

function renderPackage(modules: ReadonlyArray<Module>): string {
  const manifest = JSON.parse(readFileSync("package.json", "utf8")) as { readonly exports: object }
  const exports: Record<string, unknown> = {}
  for (const folder of entryPoints) exports[subpath(folder)] = target(posix.join(folder, "index"))
  for (const folder of entryPoints) {
    for (const { name, path } of modules.filter(({ entryPoint }) => entryPoint === folder)) {
      exports[`${subpath(folder)}/${name}`] = target(path)
    }
  }
  for (const file of ["./schema/effect-oauth.schema.json", "./package.json"]) exports[file] = file
  return `${JSON.stringify({ ...manifest, exports }, undefined, 2)}\n`
}

const modules = readModules()
const generated = new Map([["package.json", renderPackage(modules)]])
for (const folder of entryPoints) {
  const file = posix.join("src", folder, "index.ts")
  generated.set(
    file,
    renderIndex(
      file,
      modules.filter(({ entryPoint }) => entryPoint === folder)
    )
  )
}

const stale = [...generated].filter(([file, content]) => readFileSync(file, "utf8") !== content)
if (process.argv.includes("--check")) {
  for (const [file] of stale) console.error(`${file} is stale: run npm run codegen`)
  if (stale.length > 0) process.exitCode = 1
} else {
  for (const [file, content] of stale) writeFileSync(file, content)
}
console.log(`${modules.length} public modules, ${stale.length} stale files`)
