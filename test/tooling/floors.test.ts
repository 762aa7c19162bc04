import { describe, expect, it } from "vitest"
import { checkFloors } from "../../scripts/lib/floors.js"

/** Reads lines such as `cache/A.ts -> token/B.ts`; a line without an arrow is a file that imports nothing. */
function breaches(graph: string): ReadonlyArray<string> {
  const lines = graph
    .trim()
    .split("\n")
    .map((line) => line.trim().split(" -> "))
  const imports = lines.flatMap(([from, to]) =>
    from !== undefined && to !== undefined ? [{ from, to }] : []
  )
  return checkFloors([...new Set(lines.flat())], imports).map(({ file, message }) => `${file}: ${message}`)
}

describe("the floors of the house", () => {
  it("lets a file import from its own room and from floors below", () => {
    expect(
      breaches(`
        token/TokenError.ts -> token/AccessToken.ts
        wire/TokenEndpoint.ts -> token/TokenError.ts
        grant/ClientCredentials.ts -> wire/TokenEndpoint.ts
        cache/TokenCache.ts -> cache/RefreshPolicy.ts
        TokenProvider.ts -> cache/TokenCache.ts
        provider/AzureAd.ts -> TokenProvider.ts
        provider/AzureAd.ts -> provider/internal/preset.ts
        http/BearerClient.ts -> TokenProvider.ts
        service/Server.ts -> config/Env.ts
        index.ts -> http/BearerClient.ts
        testing/index.ts -> http/BearerClient.ts
      `)
    ).toEqual([])
  })

  it("refuses an import upwards", () => {
    expect(breaches("token/AccessToken.ts -> cache/TokenCache.ts")).toEqual([
      "token/AccessToken.ts: imports cache/TokenCache.ts: upwards, from floor 1 to floor 3"
    ])
  })

  it("refuses an import sideways, from another room on the same floor", () => {
    expect(breaches("cache/TokenCache.ts -> grant/RefreshToken.ts")).toEqual([
      "cache/TokenCache.ts: imports grant/RefreshToken.ts: sideways, from cache to grant on floor 3"
    ])
    expect(breaches("http/BearerClient.ts -> TokenManager.ts")).toHaveLength(1)
  })

  it("refuses that one preset imports another", () => {
    expect(breaches("provider/AzureAd.ts -> provider/Google.ts")).toEqual([
      "provider/AzureAd.ts: imports provider/Google.ts: files of provider know nothing of each other"
    ])
    expect(breaches("provider/AzureAd.ts -> provider/AzureAd/quirks.ts")).toEqual([])
  })

  it("refuses a loop within a room, a file that imports itself included", () => {
    expect(
      breaches(`
        token/A.ts -> token/B.ts
        token/B.ts -> token/C.ts
        token/C.ts -> token/B.ts
      `)
    ).toEqual(["token/B.ts: import loop: token/B.ts -> token/C.ts -> token/B.ts"])
    expect(breaches("token/A.ts -> token/A.ts")).toHaveLength(1)
  })

  it("refuses a room that is not on the plan", () => {
    expect(breaches("attic/Box.ts -> token/A.ts")).toEqual([
      "attic/Box.ts: attic is no room of the house: name its floor in scripts/lib/floors.ts"
    ])
    expect(breaches("Helpers.ts")).toHaveLength(1)
  })

  it("keeps testing, service, cli and the entry points apart", () => {
    expect(breaches("index.ts -> testing/index.ts")).toHaveLength(1)
    expect(breaches("testing/Fake.ts -> service/Server.ts")).toHaveLength(1)
    expect(breaches("testing/Fake.ts -> cli/main.ts")).toHaveLength(1)
    expect(breaches("http/BearerClient.ts -> testing/Fake.ts")).toHaveLength(1)
    expect(breaches("token/A.ts -> index.ts")).toHaveLength(1)
  })
})
