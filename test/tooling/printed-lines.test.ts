import { describe, expect, it } from "vitest"
import { findCommands, findInstallLines, findPrograms } from "../../scripts/lib/printed-lines.js"

const fenced = (language: string, ...lines: ReadonlyArray<string>) =>
  ["```" + language, ...lines, "```"].join("\n")

describe("findInstallLines", () => {
  const linesOf = (text: string) => findInstallLines(new Map([["page.md", text]])).map(({ text }) => text)

  it("runs a line of npm by pnpm, too", () => {
    expect(linesOf(fenced("sh", "npm install a@1 b@2   # both"))).toEqual([
      "npm install a@1 b@2",
      "pnpm add a@1 b@2"
    ])
  })

  it("runs a line of pnpm with the same packages in place of npm's", () => {
    expect(linesOf(fenced("sh", "npm install a@1 b@2", "pnpm add --allow-build=c b@2 a@1"))).toEqual([
      "npm install a@1 b@2",
      "pnpm add --allow-build=c b@2 a@1"
    ])
  })

  it("finds a line within a sentence once, and none that a program makes", () => {
    const text = "Run `npm install a@1`, or `npm install a@1`. `npm install ${name}` is made by a program."
    expect(linesOf(text)).toEqual(["npm install a@1", "pnpm add a@1"])
  })
})

describe("findCommands", () => {
  const commandsOf = (text: string) =>
    findCommands("page.md", text).map(({ command, expected, line }) => [line, command, expected])

  it("finds commands in sh blocks, and behind a prompt in text blocks", () => {
    const text = [
      fenced("sh", "npx effect-oauth check", "cd /"),
      fenced("text", "$ effect-oauth providers", "x")
    ]
    expect(commandsOf(text.join("\n"))).toEqual([
      [2, "effect-oauth check", 0],
      [6, "effect-oauth providers", 0]
    ])
  })

  it("takes the exit code from the comment before the block, and leaves out a block with a reason", () => {
    const block = fenced("sh", "effect-oauth check")
    expect(commandsOf(`<!-- exits 2: nothing is configured -->\n${block}`)).toEqual([
      [3, "effect-oauth check", 2]
    ])
    expect(commandsOf(`<!-- not run: takes a terminal -->\n${block}`)).toEqual([])
    expect(commandsOf(`<!-- not run: -->\n${block}`)).toHaveLength(1)
  })
})

describe("findPrograms", () => {
  it("finds js blocks, with the output in the text block after each", () => {
    const text = [
      fenced("ts", "const a: 1 = 1"),
      fenced("js", "console.log(1)"),
      "It prints",
      fenced("text", "1")
    ]
    expect(findPrograms("page.md", text.join("\n"))).toEqual([
      { file: "page.md", line: 4, code: "console.log(1)\n", output: "1\n" }
    ])
  })
})
