import { execFileSync } from "node:child_process"
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"

/**
 * What someone gets who installs the packed library into an empty project: do its types hold under both module
 * resolutions, do both entry points load, and does the core stay free of Node?
 */
const dir = mkdtempSync(join(tmpdir(), "effect-oauth-consumer-"))

const npm = process.env["npm_execpath"]

function run(command: string, ...args: ReadonlyArray<string>): void {
  const [file, rest] =
    command === "npm" && npm !== undefined ? [process.execPath, [npm, ...args]] : [command, args]
  execFileSync(file, rest, { cwd: dir, stdio: ["ignore", "inherit", "inherit"] })
}

const write = (name: string, content: object): void => {
  writeFileSync(join(dir, name), JSON.stringify(content, undefined, 2))
}

const { devDependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
  readonly devDependencies: Record<"effect" | "@effect/platform" | "typescript" | "yaml", string>
}

function findTarball(): string {
  const given = process.argv[2]
  if (given !== undefined) return resolve(given)
  execFileSync(npm === undefined ? "npm" : process.execPath, [
    ...(npm === undefined ? [] : [npm]),
    ...["pack", "--silent", "--pack-destination", dir]
  ])
  const name = readdirSync(dir).find((file) => file.endsWith(".tgz"))
  if (name === undefined) throw new Error("npm pack made no tarball")
  return join(dir, name)
}

try {
  write("package.json", {
    private: true,
    type: "module",
    dependencies: {
      effect: devDependencies.effect,
      "@effect/platform": devDependencies["@effect/platform"],
      typescript: devDependencies.typescript,
      yaml: devDependencies.yaml,
      "effect-oauth": `file:${findTarball()}`
    }
  })
  console.log("- install the packed library into an empty project")
  run("npm", "install", "--silent", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts")

  cpSync("scripts/consumer", dir, { recursive: true })
  for (const [module, moduleResolution] of [
    ["NodeNext", "NodeNext"],
    ["ESNext", "Bundler"]
  ] as const) {
    console.log(`- type-check a program, moduleResolution ${moduleResolution}`)
    const config = `tsconfig.${moduleResolution}.json`
    write(config, {
      compilerOptions: {
        target: "ES2022",
        lib: ["ES2022", "DOM", "DOM.Iterable"],
        types: [],
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        declaration: true,
        outDir: "out",
        module,
        moduleResolution
      },
      files: ["program.ts", "config.ts"]
    })
    run(process.execPath, "node_modules/typescript/bin/tsc", "-p", config)
  }

  console.log("- run the program, with Node's own modules out of reach of the packages")
  const register = 'import { register } from "node:module"; register("./no-node.mjs", import.meta.url)'
  writeFileSync(join(dir, "register.mjs"), register)
  run(process.execPath, "--import", "./register.mjs", "out/program.js")

  console.log("- read a file, and run the command")
  run(process.execPath, "out/config.js")
  run("node_modules/.bin/effect-oauth", "--version")
} finally {
  rmSync(dir, { recursive: true, force: true })
}
