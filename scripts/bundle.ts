import { chmodSync, writeFileSync } from "node:fs"
import { bundleCommand, noticesOf } from "./lib/command-bundle.js"

/** Writes the command, bundled, and the licences of what is in it. */
const outfile = "dist/effect-oauth.js"
const bundle = await bundleCommand(outfile)
chmodSync(outfile, 0o755)
writeFileSync("dist/effect-oauth.licenses.txt", noticesOf(bundle))

const kilobytes = (bytes: number) => `${(bytes / 1024).toFixed(0)} kB`
console.log(`${outfile}: ${kilobytes(bundle.bytes)}`)
for (const [name, bytes] of bundle.packages) console.log(`  ${name}: ${kilobytes(bytes)}`)
