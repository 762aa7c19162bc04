import { build } from "esbuild"
import { readdirSync, readFileSync, rmSync } from "node:fs"
import { basename, dirname, extname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

/** What went into the bundle: bytes by package, the largest first. */
export interface Bundle {
  readonly bytes: number
  readonly packages: ReadonlyArray<readonly [name: string, bytes: number]>
}

const root = fileURLToPath(new URL("../..", import.meta.url))

/**
 * Writes the command, which needs nothing but Node. Beside its file there are pieces that it loads when it has to do with a
 * token store; they alone need the drivers of databases, which are not bundled: those are programs of the machine.
 */
export async function bundleCommand(outfile: string): Promise<Bundle> {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly version: string
  }
  // their names tell their contents, so that those of before would stay
  rmSync(resolve(root, dirname(outfile), pieces), { recursive: true, force: true })
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { [basename(outfile, extname(outfile))]: "src/cli/main.ts" },
    outdir: dirname(outfile),
    outExtension: { ".js": extname(outfile) },
    chunkNames: `${pieces}/[name]-[hash]`,
    bundle: true,
    splitting: true,
    external: ["better-sqlite3", "pg", "pg-connection-string", "pg-cursor"],
    platform: "node",
    target: "node20",
    format: "esm",
    tsconfigRaw: {},
    define: { EFFECT_OAUTH_VERSION: JSON.stringify(version) },
    // shorter syntax and no white space; names stay, so that a stack still tells where it comes from
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "eof",
    // what is of CommonJS form asks for Node's modules by `require`
    banner: {
      js: [
        "#!/usr/bin/env node",
        'import { createRequire as __createRequire } from "node:module"',
        "const require = __createRequire(import.meta.url)"
      ].join("\n")
    },
    metafile: true,
    logLevel: "warning"
  })
  const outputs = Object.values(metafile.outputs)
  const bytesByPackage = new Map<string, number>()
  for (const [path, { bytesInOutput }] of outputs.flatMap(({ inputs }) => Object.entries(inputs))) {
    const name = packageOf(path)
    bytesByPackage.set(name, (bytesByPackage.get(name) ?? 0) + bytesInOutput)
  }
  return {
    bytes: outputs.reduce((sum, { bytes }) => sum + bytes, 0),
    packages: [...bytesByPackage].sort(([, a], [, b]) => b - a)
  }
}

/** The folder of what is loaded later, beside the command's file. */
const pieces = "command"

/** The licences of everything that went into the bundle, which have to go with it. */
export const noticesOf = ({ packages }: Bundle): string =>
  packages
    .filter(([name]) => name !== own)
    .map(([name]) => `${name}\n\n${licenceOf(join(root, "node_modules", name)).trim()}\n`)
    .join(`\n${"-".repeat(80)}\n\n`)

const licenceOf = (folder: string): string => {
  const file = readdirSync(folder).find((name) => /^licen[cs]e(-\w+)?(\.\w+)?$/i.test(name))
  if (file === undefined) throw new Error(`${folder} has no licence`)
  return readFileSync(join(folder, file), "utf8")
}

const own = "effect-oauth"

const packageOf = (path: string): string =>
  /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(path)?.[1] ?? own
