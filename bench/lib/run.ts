import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { measures } from "../measures/index.js"
import type { Bench } from "../measures/measure.js"
import { selfSigned } from "../../servers/certificate.js"
import { startServer } from "../server/start.js"
import { inProcess } from "./process.js"
import type { Report } from "./report.js"
import { asText } from "./table.js"

/** Runs the measures, one after the other, against one stub server, and prints each as it comes. */
export const runAll = async (options: {
  readonly quick: boolean
  readonly only: string
}): Promise<ReadonlyArray<Report>> => {
  const certificate = selfSigned("localhost")
  const server = await startServer(certificate)
  const folder = await mkdtemp(join(tmpdir(), "effect-oauth-bench-"))
  const trusted = join(folder, "certificate.pem")
  await writeFile(trusted, certificate.cert)
  process.env["NODE_EXTRA_CA_CERTS"] = trusted
  const bench: Bench = { server: server.addresses, certificate, quick: options.quick }
  const reports: Array<Report> = []
  try {
    for (const [name, { flags }] of Object.entries(measures)) {
      if (!name.includes(options.only)) continue
      const report = await inProcess<Report>({ measure: name, bench, flags })
      process.stdout.write(`\n${asText(report)}\n`)
      reports.push(report)
    }
  } finally {
    server.stop()
    await rm(folder, { recursive: true })
  }
  return reports
}
