import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import { createHash } from "node:crypto"
import * as StoredGrant from "../../src/cache/shared/StoredGrant.js"
import { World } from "../sharing-model/World.js"

const second = 1000
const minute = 60 * second

/** Two processes with an expired token, on a strict server unless a grace period is given. */
const begun = async (gracePeriod?: number) => {
  const world = new World({ gracePeriod })
  const seed = world.server.login()
  const a = await world.start({ seed })
  const b = await world.start({ seed })
  await world.value(a.get())
  await world.value(b.get())
  await world.passTo(61 * second)
  return { world, seed, a, b }
}

const gone = "ReauthorizationRequired InvalidGrant"

describe("a grant that the server rejects for good", () => {
  it("S28 an ended grant is ended for all processes, which learn it without a request", async () => {
    const { a, b, seed, world } = await begun()
    world.server.revoke(seed)
    expect(await world.failure(a.get())).toBe(gone)
    await world.pass(second)
    expect(world.hasIntent).toBe(false)
    expect(world.leased).toBe(0)
    expect(await world.failure(b.get())).toMatch(/^ReauthorizationRequired/)
    const c = await world.start({ seed })
    expect(await world.failure(c.get())).toMatch(/^ReauthorizationRequired/)
    expect(world.server.requests).toHaveLength(2)
    for (const { tags } of [a, b, c]) expect(tags.at(-1)).toBe("Rejected")
    // nothing is presented, and nothing is said to be
    expect(world.store.count("intent")).toBe(2)
  })

  it("L8 an ended grant costs a read of the store after 60 s, then 120 s, and no request", async () => {
    const { a, seed, world } = await begun()
    world.server.revoke(seed)
    const looks: Array<number> = []
    let seen = world.store.count("load", "A")
    for (let n = 0; n < 200; n++) {
      const call = a.get()
      await world.pass(second)
      expect(call.ended?.exit._tag).toBe("Failure")
      const now = world.store.count("load", "A")
      if (now > seen) looks.push(n)
      seen = now
    }
    expect(looks).toHaveLength(3)
    const [first = 0, next = 0, last = 0] = looks
    expect(next - first).toBeGreaterThanOrEqual(60)
    expect(next - first).toBeLessThanOrEqual(62)
    expect(last - next).toBeGreaterThanOrEqual(120)
    expect(last - next).toBeLessThanOrEqual(122)
    expect(world.server.requests).toHaveLength(2)
  })

  it("L6 get answers the token in hand of an ended grant until it expires", async () => {
    const world = new World()
    const seed = world.server.login()
    const a = await world.start({ seed })
    await world.value(a.get())
    world.server.revoke(seed)
    await world.passTo(49 * second)
    for (let n = 0; n < 10; n++) {
      expect(await world.value(a.get())).toBe("access-1")
      await world.pass(second)
    }
    expect(world.server.requests).toHaveLength(2)
    await world.pass(2 * second)
    expect(await world.failure(a.get())).toBe(gone)
  })

  it("S28 a flight whose grant was rejected adopts a newer token of another process", async () => {
    const { a, b, world } = await begun()
    // a is stopped with its request under way; its lease ends, and b goes on in its place after the time of a strict server
    a.at("request", "leaving", () => {
      a.stop()
    })
    const late = a.get()
    await world.pass(second)
    expect(await world.value(b.get())).toBe("access-2")
    // now a presents what b has presented before: this time the server is lenient enough not to revoke the family
    world.server.rejectNext()
    a.goOn()
    expect(await world.value(late)).toBe("access-2")
    expect(a.tags.at(-1)).toBe("Adopted")
    await world.pass(61 * second)
    expect(await world.value(a.get())).toBe("access-3")
    expect(world.server.requests.at(-1)?.presented).toBe("refresh-3")
  })

  it("S28 a flight whose grant was rejected sends the newer refresh token of another process", async () => {
    const { a, b, world } = await begun()
    a.at("request", "leaving", () => {
      a.stop()
    })
    const late = a.get()
    await world.pass(second)
    expect(await world.value(b.get())).toBe("access-2")
    await world.pass(61 * second)
    world.server.rejectNext()
    a.goOn()
    expect(await world.value(late)).toBe("access-3")
    expect(world.server.requests.slice(-2).map(({ presented }) => presented)).toEqual([
      "refresh-2",
      "refresh-3"
    ])
  })

  it("S28 a flight whose grant was rejected sends the refresh token of a login that came meanwhile", async () => {
    const { a, seed, world } = await begun()
    world.server.revoke(seed)
    world.server.latency = second
    const call = a.get()
    await world.pass(second / 2)
    const login = world.server.login()
    // one that takes no lease, as a login does
    const c = await world.start({ seed: login, on: "single process" })
    const other = c.get()
    expect(await world.value(other)).toBe("access-2")
    expect(await world.value(call)).toBe("access-2")
    expect(world.server.isRevoked(login)).toBe(false)
  })
})

describe("an initial refresh token", () => {
  it("an initial refresh token is sent once, since the store has its successor", async () => {
    const { seed, world } = await begun()
    for (let restart = 2; restart <= 5; restart++) {
      const process = await world.start({ seed })
      expect(await world.value(process.get())).toBe(`access-${restart}`)
      process.kill()
      await world.pass(61 * second)
    }
    expect(world.server.isRevoked(seed)).toBe(false)
    const presented = world.server.requests.map((request) => request.presented)
    expect(new Set(presented).size).toBe(presented.length)
  })

  it("a new initial refresh token starts a new grant although the stored token is valid", async () => {
    const { a, world } = await begun()
    await world.value(a.get())
    const login = world.server.login()
    const c = await world.start({ seed: login })
    await world.value(c.get())
    expect(world.server.requests.at(-1)?.presented).toBe(login)
    await world.pass(61 * second)
    await world.value(c.get())
    expect(world.server.isRevoked(login)).toBe(false)
  })

  it("a new initial refresh token replaces an ended grant, and other processes find it after the window", async () => {
    const { a, b, seed, world } = await begun()
    world.server.revoke(seed)
    expect(await world.failure(a.get())).toBe(gone)
    expect(await world.failure(b.get())).toMatch(/^ReauthorizationRequired/)
    const login = world.server.login()
    const c = await world.start({ seed: login })
    expect(await world.value(c.get())).toBe("access-2")
    await world.pass(30 * second)
    expect(await world.failure(a.get())).toBe(gone)
    await world.pass(31 * second)
    // both still begin with the old one, which the record knows
    expect(await world.value(a.get())).toMatch(/^access-[23]$/)
    expect(await world.value(b.get())).toBe(await world.value(a.get()))
    expect(world.server.isRevoked(login)).toBe(false)
  })

  it("L14 the record remembers the last 16 initial refresh tokens and no more", async () => {
    const world = new World()
    const logins = Array.from({ length: 20 }, () => world.server.login())
    const digests: Array<string> = []
    for (const seed of logins) {
      const process = await world.start({ seed })
      await world.value(process.get())
      process.kill()
      digests.push(createHash("sha256").update(seed).digest("hex"))
      const stored = world.record && Option.getOrUndefined(StoredGrant.decode(world.record))
      expect(stored?.seenRefreshTokens).toEqual(digests.slice(-16))
    }
    expect(world.server.requests.map(({ presented }) => presented)).toEqual(logins)
  })

  it("L8 refresh finds a new grant of another process at once", async () => {
    const { a, seed, world } = await begun()
    world.server.revoke(seed)
    expect(await world.failure(a.get())).toBe(gone)
    const c = await world.start({ seed: world.server.login() })
    expect(await world.value(c.get())).toBe("access-2")
    await world.pass(second)
    expect(await world.value(a.refresh())).toBe("access-3")
    expect(await world.value(a.get())).toBe("access-3")
  })

  it("an initial refresh token that was replaced is not used again, whichever process starts with it", async () => {
    const { seed, world } = await begun()
    const login = world.server.login()
    const c = await world.start({ seed: login })
    await world.value(c.get())
    await world.pass(61 * second)
    const old = await world.start({ seed })
    await world.value(old.get())
    expect(world.server.requests.at(-1)?.presented).not.toBe(seed)
    await world.pass(61 * second)
    await world.value(c.get())
    expect(world.server.isRevoked(login)).toBe(false)
    expect(world.server.isRevoked(seed)).toBe(false)
  })

  it("without an initial refresh token and without a record no request is made", async () => {
    const world = new World()
    const a = await world.start({})
    expect(await world.failure(a.get())).toBe("ReauthorizationRequired NoRefreshToken")
    expect(world.server.requests).toHaveLength(0)
    expect(world.hasIntent).toBe(false)
    await world.pass(second)
    expect(world.leased).toBe(0)
    // somebody else begins
    const b = await world.start({ seed: world.server.login() })
    await world.value(b.get())
    await world.pass(61 * second)
    expect(await world.value(a.get())).toBe("access-2")
  })

  it("L9 an initial refresh token whose first response was lost counts as sent", async () => {
    for (const on of ["shared", "none"] as const) {
      const world = new World()
      const seed = world.server.login()
      const a = await world.start({ seed, on })
      world.server.troubles = ["reset"]
      expect(await world.failure(a.get())).toBe("TransientFailure NoAnswer")
      await world.pass(2 * second)
      expect(await world.value(a.get()), on).toBe("access-1")
      expect(world.server.requests.map(({ again }) => again)).toEqual([false, true])
      expect(world.server.requests.map(({ presented }) => presented)).toEqual([seed, seed])
    }
  })
})

describe("a server in trouble", () => {
  for (const trouble of ["not sent", "busy", "limited"] as const) {
    it(`L9 ${trouble}: a refresh token that was not accepted is sent again within the flight`, async () => {
      const { a, seed, world } = await begun()
      world.server.troubles = [trouble, trouble]
      expect(await world.value(a.get())).toBe("access-2")
      expect(world.elapsed).toBeLessThan(63 * second)
      expect(world.server.requests.at(-1)?.again).toBe(false)
      expect(world.server.isRevoked(seed)).toBe(false)
      await world.pass(second)
      expect(world.hasIntent).toBe(false)
    })

    it(`L9 ${trouble}: after such a failed flight no process waits as for a dead one`, async () => {
      const { a, b, world } = await begun()
      world.server.trouble = trouble
      expect(await world.failure(a.get())).toMatch(/^TransientFailure/)
      await world.pass(second)
      expect(world.hasIntent).toBe(false)
      world.server.trouble = undefined
      const since = world.elapsed
      expect(await world.value(b.get())).toBe("access-2")
      expect(world.elapsed - since).toBeLessThan(second)
      await world.pass(minute)
      expect(await world.value(a.get())).toBe("access-3")
    })
  }

  it("L7 a process obeys Retry-After without holding its lease meanwhile", async () => {
    const { a, world } = await begun()
    world.server.troubles = ["asks to wait"]
    expect(await world.failure(a.get())).toBe("TransientFailure ServerError")
    await world.pass(second)
    expect(world.leased).toBe(0)
    expect(world.hasIntent).toBe(false)
    expect(await world.failure(a.get())).toBe("TransientFailure ServerError")
    await world.pass(20 * second)
    expect(await world.value(a.get())).toBe("access-2")
  })

  it("L8 a rejected client costs one request and keeps the grant", async () => {
    const { a, b, world } = await begun()
    world.server.trouble = "refused"
    expect(await world.failure(a.get())).toBe("CredentialRejected InvalidClient")
    expect(await world.failure(a.get())).toBe("CredentialRejected InvalidClient")
    expect(world.server.requests).toHaveLength(2)
    world.server.trouble = undefined
    expect(await world.value(b.get())).toBe("access-2")
    await world.pass(61 * second)
    expect(await world.value(a.get())).toBe("access-3")
  })

  it("L7 all processes together make no more than three attempts each", async () => {
    const world = new World()
    world.server.trouble = "busy"
    const processes = [
      await world.start({ replay: "safe" }),
      await world.start({ replay: "safe" }),
      await world.start({ replay: "safe" })
    ]
    const calls = processes.map((process) => process.get())
    for (const call of calls) expect(await world.failure(call)).toBe("TransientFailure ServerError")
    expect(world.server.requests.length).toBeLessThanOrEqual(9)
  })

  it("L12 a token that has expired on arrival is not adopted, and its refresh token is saved", async () => {
    const { a, world } = await begun()
    world.server.lifetime = 50
    expect(await world.failure(a.get())).toBe("TransientFailure ExpiredOnArrival")
    world.server.lifetime = minute
    await world.pass(2 * second)
    expect(await world.value(a.get())).toBe("access-3")
    expect(world.server.requests.at(-1)?.presented).toBe("refresh-3")
  })
})

describe("clear on a store", () => {
  it("L15 a flight after clear does not adopt the cleared token, and emits one event", async () => {
    const { a, world } = await begun()
    await world.value(a.get())
    a.clear()
    expect(await world.value(a.get())).toBe("access-3")
    expect(a.tags).toEqual(["Acquired", "Acquired", "Cleared", "Acquired"])
  })

  it("L15 a token that clear discards is saved with its refresh token all the same", async () => {
    const { a, seed, world } = await begun()
    const call = a.get()
    await world.pass(50)
    a.clear()
    expect(await world.value(call)).toBe("access-3")
    expect(a.tags).toEqual(["Acquired", "Cleared", "Discarded", "Acquired"])
    expect(world.server.requests.map(({ presented }) => presented)).toEqual([
      "refresh-1",
      "refresh-2",
      "refresh-3"
    ])
    expect(world.server.isRevoked(seed)).toBe(false)
  })
})

describe("removing the record", () => {
  for (const phase of ["leaving", "done", "answering"] as const) {
    it(`S29 a response does not restore a record that was removed during the request: ${phase}`, async () => {
      const { a, world } = await begun()
      a.at("request", phase, () => {
        world.remove()
      })
      expect(await world.failure(a.get())).toBe("StoreFailure Conflict")
      await world.pass(second)
      expect(world.record).toBeUndefined()
    })
  }

  it("S29 a repeated save does not restore a record that was removed after the first one failed", async () => {
    const { a, world } = await begun()
    world.store.outage = ({ operation }) => (operation === "save" ? "down" : undefined)
    expect(await world.value(a.get())).toBe("access-2")
    world.remove()
    world.store.outage = () => undefined
    await world.pass(10 * second)
    expect(world.record).toBeUndefined()
  })

  it("removing a machine token's record costs one request", async () => {
    const world = new World()
    const a = await world.start({ replay: "safe" })
    await world.value(a.get())
    await world.passTo(61 * second)
    a.at("request", "done", () => {
      world.remove()
    })
    expect(await world.value(a.get())).toMatch(/^access-[23]$/)
    await world.pass(61 * second)
    await world.value(a.get())
    expect(world.record).toBeDefined()
  })
})
