import madge from "madge"
import { checkFloors } from "./lib/floors.js"

// Type-only imports count: a type that runs up a floor ties the floors together just as well.
const graph = await madge("src", {
  baseDir: "src",
  fileExtensions: ["ts"],
  tsConfig: "tsconfig.src.json",
  detectiveOptions: { ts: { skipTypeImports: false } }
})

const importsByFile = graph.obj()
const files = Object.keys(importsByFile)
const imports = Object.entries(importsByFile).flatMap(([from, tos]) => tos.map((to) => ({ from, to })))

const problems = checkFloors(files, imports).map(({ file, message }) => `src/${file}: ${message}`)
for (const specifier of graph.warnings().skipped) {
  if (specifier.startsWith(".")) problems.push(`src: ${specifier} leads to no file`)
}
if (files.length === 0) problems.push("src: no file found")

for (const problem of problems) console.error(problem)
console.log(`${files.length} files, ${imports.length} imports, ${problems.length} breaches of the floors`)
if (problems.length > 0) process.exitCode = 1
