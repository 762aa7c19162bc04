import { execFileSync, spawn } from "node:child_process"
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import type { InstallLine, Manager } from "./lib/printed-lines.js"
import { findCommands, findInstallLines, findPrograms, packagesOf } from "./lib/printed-lines.js"

/**
 * Runs what the pages print, as a reader would: every install line in an empty folder, by npm and by pnpm, with the packed
 * tarball in place of `effect-oauth`; the first program; and every command, against a token server on a loopback address.
 *
 * `tsx scripts/check-install.ts [TARBALL]`. `PNPM` names a pnpm; otherwise npm installs pnpm 10, which runs on Node 20.
 */
const work = mkdtempSync(join(tmpdir(), "effect-oauth-install-"))
const failures: Array<string> = []

interface Result {
  readonly code: number
  readonly stdout: string
  readonly output: string
}

/** npm hands its settings to the scripts that it runs, and they are not for the folders here; the cache is shared. */
const environment: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_(?!config_(registry|cache|nodedir)$)/i.test(name))
)

function run(
  cwd: string,
  file: string,
  args: ReadonlyArray<string>,
  variables: NodeJS.ProcessEnv = {}
): Promise<Result> {
  return new Promise((done, fail) => {
    const child = spawn(file, args, {
      cwd,
      // Where there is no prebuilt binary of a native module, it is compiled, which takes minutes with optimization.
      env: { ...environment, CFLAGS: "-O0", CXXFLAGS: "-O0", NO_COLOR: "1", ...variables },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 300_000
    })
    let stdout = ""
    let output = ""
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString()
      output += chunk.toString()
    })
    child.stderr.on("data", (chunk: Buffer) => {
      output += chunk.toString()
    })
    child.on("error", fail)
    child.on("close", (code) => {
      done({ code: code ?? -1, stdout, output })
    })
  })
}

function report(what: string, problem: string | undefined): void {
  console.log(`${problem === undefined ? "ok    " : "FAILED"} ${what}`)
  if (problem === undefined) return
  console.log(problem.trimEnd().replace(/^/gm, "       "))
  failures.push(what)
}

const wrong = ({ code, output }: Result, expected = 0): string | undefined =>
  code === expected ? undefined : `ended with ${code}, expected ${expected}\n${output.slice(-3000)}`

const runNode = (dir: string, ...args: ReadonlyArray<string>): Promise<Result> =>
  run(dir, process.execPath, args)

const npm = process.env["npm_execpath"]

function findTarball(): string {
  const given = process.argv[2]
  if (given !== undefined) return resolve(given)
  const [file, args] = npm === undefined ? ["npm", []] : [process.execPath, [npm]]
  execFileSync(file, [...args, "pack", "--silent", "--pack-destination", work], {
    stdio: ["ignore", "ignore", "inherit"]
  })
  const name = readdirSync(work).find((name) => name.endsWith(".tgz"))
  if (name === undefined) throw new Error("npm pack made no tarball")
  return join(work, name)
}

async function findPnpm(): Promise<string> {
  const given = process.env["PNPM"]
  if (given !== undefined) return given
  const prefix = join(work, "pnpm")
  mkdirSync(prefix)
  const problem = wrong(
    await run(prefix, "npm", ["install", "--prefix", prefix, "--no-audit", "--no-fund", "pnpm@10"])
  )
  if (problem !== undefined) throw new Error(`pnpm 10 cannot be installed: ${problem}`)
  return join(prefix, "node_modules", ".bin", "pnpm")
}

const tarball = findTarball()
const programs = { npm: "npm", pnpm: await findPnpm() }

function install(dir: string, manager: Manager, words: ReadonlyArray<string>): Promise<Result> {
  const fromCache = "--prefer-offline"
  const options =
    manager === "npm"
      ? ["install", fromCache, "--no-audit", "--no-fund"]
      : ["add", fromCache, "--strict-peer-dependencies"]
  const packages = words.map((word) => (word === "effect-oauth" ? tarball : word))
  return run(dir, programs[manager], [...options, ...packages])
}

const filesIn = (dir: string, ending: string): ReadonlyArray<string> =>
  readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(dir, name))
    .sort()

const read = (files: ReadonlyArray<string>): ReadonlyMap<string, string> =>
  new Map(files.map((file) => [file, readFileSync(file, "utf8")]))

const pages = read(["README.md", "CONTRIBUTING.md", ...filesIn("docs", ".md")])
const lines = findInstallLines(new Map([...pages, ...read(filesIn("src", ".ts"))]))
const core = lines.find(({ manager, words }) => manager === "npm" && words.includes("effect-oauth"))
if (core === undefined) throw new Error("no page prints how to install effect-oauth")

const entryPoints = ["", "/auth0", "/config", "/sql", "/testing"].map((path) => `effect-oauth${path}`)

/** Installs a line in an empty folder, beside the core where it does not name it, and imports every entry point. */
async function checkLine(dir: string, { manager, words }: InstallLine, core: InstallLine) {
  mkdirSync(dir)
  const init = wrong(await run(dir, "npm", ["init", "-y"]))
  if (init !== undefined) return init
  for (const step of words.includes("effect-oauth") ? [words] : [core.words, words]) {
    const problem = wrong(await install(dir, manager, step))
    if (problem !== undefined) return problem
  }
  // fails where a peer is missing or of another version
  const listed = manager === "npm" ? wrong(await run(dir, "npm", ["ls"])) : undefined
  cpSync("scripts/consumer/entry-points.mjs", join(dir, "entry-points.mjs"))
  return listed ?? wrong(await runNode(dir, "entry-points.mjs", ...entryPoints))
}

const folders: Array<{ readonly dir: string; readonly line: InstallLine }> = []
for (const [index, line] of lines.entries()) {
  const dir = join(work, `${line.manager}-${index}`)
  report(`${line.file}: ${line.text}`, await checkLine(dir, line, core))
  folders.push({ dir, line })
}

function folderWith(manager: Manager, name: string): string {
  const found = folders.find(
    ({ line }) => line.manager === manager && packagesOf(line.words).some((word) => word.startsWith(name))
  )
  if (found === undefined) throw new Error(`no ${manager} line installs ${name}`)
  return found.dir
}

async function checkProgram(dir: string, code: string, output: string): Promise<string | undefined> {
  writeFileSync(join(dir, "first.mjs"), code)
  const result = await runNode(dir, "first.mjs")
  const difference = result.stdout === output ? undefined : `printed ${result.stdout}, expected ${output}`
  return wrong(result) ?? difference
}

for (const [file, text] of pages) {
  for (const { code, line, output } of findPrograms(file, text)) {
    for (const manager of ["npm", "pnpm"] as const) {
      const problem = await checkProgram(folderWith(manager, "effect-oauth"), code, output)
      report(`${file}:${line}: node first.mjs, by ${manager}`, problem)
    }
  }
}

/** What a consumer who writes TypeScript gets: types under both module resolutions, and a core that is free of Node. */
async function checkConsumer(dir: string): Promise<void> {
  const { devDependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
    readonly devDependencies: Record<"typescript", string>
  }
  const typescript = `typescript@${devDependencies.typescript}`
  report("a consumer installs yaml and typescript", wrong(await install(dir, "npm", ["yaml@2", typescript])))
  report("npm pkg set type=module", wrong(await run(dir, "npm", ["pkg", "set", "type=module"])))
  cpSync("scripts/consumer", dir, { recursive: true })
  for (const [module, moduleResolution] of [
    ["NodeNext", "NodeNext"],
    ["ESNext", "Bundler"]
  ] as const) {
    const config = `tsconfig.${moduleResolution}.json`
    const compilerOptions = {
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
    }
    writeFileSync(join(dir, config), JSON.stringify({ compilerOptions, files: ["program.ts", "config.ts"] }))
    const problem = wrong(await runNode(dir, "node_modules/typescript/bin/tsc", "-p", config))
    report(`a program type-checks, moduleResolution ${moduleResolution}`, problem)
  }
  const register = 'import { register } from "node:module"; register("./no-node.mjs", import.meta.url)'
  writeFileSync(join(dir, "register.mjs"), register)
  const isolated = await runNode(dir, "--import", "./register.mjs", "out/program.js")
  report("the core runs without Node's own modules", wrong(isolated))
  report("effect-oauth/config reads a file", wrong(await runNode(dir, "out/config.js")))
}

await checkConsumer(folderWith("npm", "effect-oauth"))

/** Issues tokens to every client but one that is called `refused`. */
const server = createServer((request, response) => {
  const credentials = Buffer.from(request.headers.authorization?.slice("Basic ".length) ?? "", "base64")
  const isKnown = !credentials.toString().startsWith("refused:")
  const body = isKnown
    ? { access_token: `token-${performance.now()}`, token_type: "Bearer", expires_in: 60 }
    : { error: "invalid_client" }
  request.resume()
  response.writeHead(isKnown ? 200 : 401, { "content-type": "application/json" }).end(JSON.stringify(body))
})

/** The providers for a command: with one that is refused where it is to fail, and none where nothing is configured. */
function writeProviders(file: string, port: number, expected: number): void {
  rmSync(file, { force: true })
  if (expected === 2) return
  const provider = {
    type: "generic",
    token_url: `http://127.0.0.1:${port}/token`,
    client_secret: "${A_SECRET}",
    allow_loopback_http: true
  }
  const graph = { ...provider, client_id: "app" }
  const orders = { ...provider, client_id: "refused" }
  writeFileSync(file, JSON.stringify({ providers: expected === 1 ? { graph, orders } : { graph } }))
}

async function checkCommands(manager: Manager, port: number): Promise<void> {
  const dir = folderWith(manager, "@effect/sql-sqlite-node")
  cpSync("scripts/consumer/tables.mjs", join(dir, "tables.mjs"))
  report(`tables in SQLite, by ${manager}`, wrong(await runNode(dir, "tables.mjs", "tokens.sqlite")))
  const command = join(dir, "node_modules", ".bin", "effect-oauth")
  if (!existsSync(command)) {
    report(`the command, by ${manager}`, `${command} is missing`)
    return
  }
  for (const printed of [...pages].flatMap(([file, text]) => findCommands(file, text))) {
    writeProviders(join(dir, "effect-oauth.json"), port, printed.expected)
    const [, ...args] = printed.command.split(/\s+/)
    const result = await run(dir, command, args, {
      OAUTH_STORE: `sqlite:${join(dir, "tokens.sqlite")}`,
      OAUTH_STORE_KEYS: `2026-11:${Buffer.alloc(32, 7).toString("base64url")}`,
      A_SECRET: "a-secret"
    })
    report(
      `${printed.file}:${printed.line}: ${printed.command}, by ${manager}`,
      wrong(result, printed.expected)
    )
  }
}

await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
try {
  const address = server.address()
  if (typeof address !== "object" || address === null) throw new Error("the token server has no port")
  for (const manager of ["npm", "pnpm"] as const) await checkCommands(manager, address.port)
} finally {
  server.close()
}

if (failures.length > 0) {
  console.error(`\n${failures.length} failed; the folders stay in ${work}`)
  process.exitCode = 1
} else {
  rmSync(work, { recursive: true, force: true })
  console.log("\nevery printed line works")
}
