/**
 * One PostgreSQL for the whole run. It is started when a test first asks for it, so that a run without such tests does not
 * pay for it, and stopped when the run ends. `DATABASE_URL` names another one, whose user may create databases.
 */
import { createServer } from "node:http"
import type { TestProject } from "vitest/node"
import type { Cluster } from "../../servers/postgresCluster.js"

declare module "vitest" {
  interface ProvidedContext {
    /** Where to ask for the URL of the PostgreSQL of the run. */
    readonly postgres: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env["DATABASE_URL"]
  let cluster: Promise<Cluster> | undefined

  const url = async (): Promise<string> => {
    if (given !== undefined && given !== "") return given
    cluster ??= import("../../servers/postgresCluster.js").then(({ makeCluster }) => makeCluster())
    return (await cluster).url
  }

  const server = createServer((_, response) => {
    url().then(
      (found) => response.writeHead(200).end(found),
      (problem: unknown) =>
        response
          .writeHead(500)
          .end(`no PostgreSQL for the tests: DATABASE_URL is not set, and ${messageOf(problem)}`)
    )
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no port is free")
  project.provide("postgres", `http://127.0.0.1:${address.port}`)

  return async () => {
    server.closeAllConnections()
    server.close()
    // one that did not start has told so to whoever asked for it
    await cluster?.then(
      ({ remove }) => remove(),
      () => undefined
    )
  }
}

const messageOf = (problem: unknown): string => (problem instanceof Error ? problem.message : String(problem))
