import { build } from "esbuild"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** What went into the bundle: bytes by package, the largest first. */
export interface Bundle {
  readonly bytes: number
  readonly packages: ReadonlyArray<readonly [name: string, bytes: number]>
}

const root = fileURLToPath(new URL("../..", import.meta.url))

/** Writes the command as one file that needs nothing but Node. */
export async function bundleCommand(outfile: string): Promise<Bundle> {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly version: string
  }
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["src/cli/main.ts"],
    outfile,
    bundle: true,
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
  const output = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint !== undefined)
  const bytesByPackage = new Map<string, number>()
  for (const [path, { bytesInOutput }] of Object.entries(output?.inputs ?? {})) {
    const name = packageOf(path)
    bytesByPackage.set(name, (bytesByPackage.get(name) ?? 0) + bytesInOutput)
  }
  return {
    bytes: output?.bytes ?? 0,
    packages: [...bytesByPackage].sort(([, a], [, b]) => b - a)
  }
}

/** The licences of everything that went into the bundle, which have to go with it. */
export const noticesOf = ({ packages }: Bundle): string =>
  packages
    .filter(([name]) => name !== own)
    .map(
      ([name]) => `${name}\n\n${readFileSync(join(root, "node_modules", name, "LICENSE"), "utf8").trim()}\n`
    )
    .join(`\n${"-".repeat(80)}\n\n`)

const own = "effect-oauth"

const packageOf = (path: string): string =>
  /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(path)?.[1] ?? own
