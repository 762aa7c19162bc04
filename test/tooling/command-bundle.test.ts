import { expect, it } from "vitest"
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { bundleCommand, noticesOf } from "../../scripts/lib/command-bundle.js"

it("the bundle of the command has a licence for each package in it, and loads the drivers of databases late", async () => {
  const folder = await mkdtemp(join(tmpdir(), "effect-oauth-bundle-"))
  try {
    const bundle = await bundleCommand(join(folder, "effect-oauth.js"))
    const names = bundle.packages.map(([name]) => name)
    expect(names).toContain("@effect/sql-pg")
    for (const name of ["pg", "better-sqlite3"]) expect(names).not.toContain(name)
    const notices = noticesOf(bundle)
    for (const name of names) expect(notices.includes(`${name}\n\n`)).toBe(name !== "effect-oauth")

    // what the file itself loads, and what those load in turn, without what is asked for later
    const pieces = new Map<string, string>()
    for (const piece of await readdir(join(folder, "command"))) {
      pieces.set(piece, await readFile(join(folder, "command", piece), "utf8"))
    }
    const early = new Set<string>()
    const follow = (text: string): void => {
      for (const [, piece = ""] of text.matchAll(/(?:from|import)\s*"[./\w]*?([^/"]+\.js)"/g)) {
        if (early.has(piece)) continue
        early.add(piece)
        follow(pieces.get(piece) ?? "")
      }
    }
    follow(await readFile(join(folder, "effect-oauth.js"), "utf8"))
    expect(early.size).toBeGreaterThan(0)
    const late = [...pieces.keys()].filter((piece) => !early.has(piece))
    for (const name of ["stores", "sqlite", "postgres"]) {
      expect(late.some((piece) => piece.startsWith(`${name}-`))).toBe(true)
    }
    for (const piece of early) expect(pieces.get(piece)).not.toContain("oauth_tokens")
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
