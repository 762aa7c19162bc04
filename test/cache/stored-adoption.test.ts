import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { Call, Options, Process } from "../sharing-model/Process.js"
import { epoch, valueOf, World } from "../sharing-model/World.js"

const second = 1000

const safe: Options = { replay: "safe" }

const since = (instant: DateTime.Utc): number => DateTime.toEpochMillis(instant) - epoch

/** Many callers of each process, all at once. */
const burst = (processes: ReadonlyArray<Process>, callers: number): ReadonlyArray<Call> =>
  processes.flatMap((process) => Array.from({ length: callers }, () => process.get()))

const started = (world: World, options: ReadonlyArray<Options>): Promise<ReadonlyArray<Process>> =>
  Promise.all(options.map((options) => world.start(options)))

describe("a cold get on a store", () => {
  it("a cold get reads the store before it makes a request", async () => {
    const world = new World()
    const a = await world.start(safe)
    expect(await world.value(a.get())).toBe("access-1")
    const [first] = world.store.seen
    expect(first?.operation).toBe("load")
    expect(first?.at).toBeLessThan(world.server.requests[0]?.at ?? 0)
    expect(a.tags).toEqual(["Acquired"])
  })

  it("a cold get makes no request after a restart with a valid token in the store", async () => {
    const world = new World()
    const a = await world.start(safe)
    const first = await world.token(a.get())
    await world.exit(a.close())
    await world.passTo(10 * second)
    const b = await world.start(safe)
    const token = await world.token(b.get())
    expect(valueOf(token)).toBe("access-1")
    expect(token.issuedAt).toEqual(first.issuedAt)
    expect(token.expiresAt).toEqual(first.expiresAt)
    expect(token.presentation).toEqual(first.presentation)
    expect(world.server.requests).toHaveLength(1)
  })

  it("a cold get makes no request after a crash with a valid token in the store", async () => {
    const world = new World()
    const seed = world.server.login()
    const a = await world.start({ seed })
    await world.value(a.get())
    a.kill()
    const b = await world.start({ seed })
    expect(await world.value(b.get())).toBe("access-1")
    expect(world.server.requests).toHaveLength(1)
  })

  it("L15 Adopted names when the token was issued and when it expires, and has no attempt", async () => {
    const world = new World()
    const a = await world.start(safe)
    await world.value(a.get())
    await world.passTo(10 * second)
    const b = await world.start(safe)
    await world.value(b.get())
    expect(b.tags).toEqual(["Adopted"])
    const [event] = b.events
    if (event?._tag !== "Adopted") return expect.unreachable()
    expect(event.cause).toBe("Cold")
    expect(event.grant).toBe("client_credentials")
    expect(event.attempts).toEqual([])
    expect(event.joined).toBe(0)
    expect(event.closedWindow).toBe(false)
    expect(since(event.issuedAt)).toBe((world.server.requests[0]?.at ?? 0) - epoch)
    expect(since(event.expiresAt)).toBe(since(event.issuedAt) + 60 * second)
    expect(since(event.at)).toBeGreaterThanOrEqual(10 * second)
  })

  it("a cold get makes a request if the stored token has expired", async () => {
    const world = new World()
    await world.value((await world.start(safe)).get())
    await world.passTo(61 * second)
    const b = await world.start(safe)
    expect(await world.value(b.get())).toBe("access-2")
    expect(b.tags).toEqual(["Acquired"])
  })

  it("L3 any number of cold gets cost one read of the store and no request", async () => {
    const world = new World()
    await world.value((await world.start(safe)).get())
    const b = await world.start(safe)
    for (const call of burst([b], 100)) expect(await world.value(call)).toBe("access-1")
    expect(world.store.count("load", b.name)).toBe(1)
    expect(b.tags).toEqual(["Adopted"])
  })

  it("L2 a cold get answers a due token from the store at once and refreshes it in the background", async () => {
    const world = new World()
    await world.value((await world.start(safe)).get())
    await world.passTo(50 * second)
    const b = await world.start(safe)
    const first = b.get()
    expect(await world.value(first)).toBe("access-1")
    expect(b.status().state).toBe("Due")
    const next = b.get()
    await world.settle()
    expect(next.ended?.at).toBe(next.askedAt)
    await world.pass(second)
    expect(await world.value(b.get())).toBe("access-2")
    expect(world.server.requests).toHaveLength(2)
    expect(b.tags).toEqual(["Adopted", "Refreshed"])
  })

  it("L14 a cold get does not adopt a token that was obtained with another identity", async () => {
    const world = new World()
    const read = await world.start({ ...safe, identity: "scope=read" })
    const write = await world.start({ ...safe, identity: "scope=write" })
    const none = await world.start(safe)
    const named = await world.start({ ...safe, name: "other/Api" })
    const values = new Set<string>()
    for (const process of [read, write, none, named]) values.add(await world.value(process.get()))
    expect(values.size).toBe(4)
    expect(await world.value((await world.start({ ...safe, identity: "scope=read" })).get())).toBe("access-1")
    expect(world.server.requests).toHaveLength(4)
  })

  it("L14 identities of any length are distinguished", async () => {
    const world = new World()
    const long = "x".repeat(5_000)
    const one = await world.start({ ...safe, identity: `${long}1` })
    const other = await world.start({ ...safe, identity: `${long}2` })
    expect(await world.value(one.get())).toBe("access-1")
    expect(await world.value(other.get())).toBe("access-2")
    expect(await world.value((await world.start({ ...safe, identity: `${long}1` })).get())).toBe("access-1")
  })

  it("a cold get adopts a token from a store without leases, which one process uses at a time", async () => {
    const world = new World()
    const seed = world.server.login()
    const a = await world.start({ seed, on: "single process" })
    expect(await world.value(a.get())).toBe("access-1")
    await world.passTo(61 * second)
    expect(await world.value(a.get())).toBe("access-2")
    a.kill()
    const b = await world.start({ seed, on: "single process" })
    expect(await world.value(b.get())).toBe("access-2")
    expect(world.server.requests).toHaveLength(2)
    for (const operation of ["acquire", "renew", "release", "remaining"] as const) {
      expect(world.store.count(operation)).toBe(0)
    }
  })
})

describe("one process or fifty behave as one", () => {
  for (const replay of ["safe", "once"] as const) {
    it(`L3 fifty processes of ten callers make one request per expiry, ${replay}`, async () => {
      const world = new World()
      const seed = world.server.login()
      const processes = await started(
        world,
        Array.from({ length: 50 }, () => ({ replay, seed }))
      )
      for (let expiry = 0; expiry < 3; expiry++) {
        const calls = burst(processes, 10)
        for (const call of calls) expect(await world.value(call)).toBe(`access-${expiry + 1}`)
        expect(world.server.requests).toHaveLength(expiry + 1)
        const last = processes.map(({ events }) => events.at(-1)?._tag)
        expect(last.filter((tag) => tag === "Adopted")).toHaveLength(49)
        expect(last.filter((tag) => tag === "Acquired")).toHaveLength(1)
        await world.pass(61 * second)
      }
    })

    it(`L2 fifty processes under constant load make one request per token, ${replay}`, async () => {
      const world = new World()
      const seed = world.server.login()
      const chances = [0, 0.3, 0.6, 1]
      const processes = await started(
        world,
        chances.map((chance) => ({ replay, seed, chance }))
      )
      await Promise.all(processes.map((process) => world.value(process.get())))
      for (let n = 0; n < 800; n++) {
        await world.pass(500)
        for (const process of processes) {
          const call = process.get()
          await world.settle()
          expect(call.ended?.at).toBe(call.askedAt)
        }
      }
      const { requests } = world.server
      for (const [index, { at }] of requests.entries()) {
        const before = requests[index - 1]
        if (before !== undefined) expect(at - before.at).toBeGreaterThanOrEqual(48 * second)
      }
      expect(requests.length).toBeGreaterThan(7)
      for (const { tags } of processes) {
        expect(tags.filter((tag) => tag !== "Adopted" && tag !== "Refreshed" && tag !== "Acquired")).toEqual(
          []
        )
        expect(tags).toHaveLength(requests.length)
      }
    })
  }

  it("L2 a process adopts what another has refreshed ahead, without a request", async () => {
    const world = new World()
    const [a, b] = await started(world, [
      { ...safe, chance: 0 },
      { ...safe, chance: 1 }
    ])
    if (a === undefined || b === undefined) return expect.unreachable()
    await world.value(a.get())
    await world.value(b.get())
    await world.passTo(48.5 * second)
    a.get()
    await world.pass(second / 2)
    expect(await world.value(a.get())).toBe("access-2")
    expect(await world.value(b.get())).toBe("access-1")
    await world.passTo(49.5 * second)
    expect(await world.value(b.get())).toBe("access-1")
    await world.pass(second / 2)
    expect(await world.value(b.get())).toBe("access-2")
    expect(world.server.requests).toHaveLength(2)
    expect(b.tags).toEqual(["Adopted", "Adopted"])
    expect(world.store.count("acquire", b.name)).toBe(0)
  })

  it("L12 each process refreshes an adopted token at a time of its own", async () => {
    const world = new World()
    const issuedAt = new Set<number>()
    const dues: Array<number> = []
    for (const chance of [0, 0.5, 1]) {
      const process = await world.start({ ...safe, chance })
      const token = await world.token(process.get())
      issuedAt.add(since(token.issuedAt))
      const { refreshAt } = process.status()
      dues.push(since(Option.getOrThrow(refreshAt)) - since(token.issuedAt))
    }
    expect(issuedAt.size).toBe(1)
    expect(dues).toEqual([48 * second, 48.6 * second, 49.2 * second])
  })

  it("L1 a hit never touches the store", async () => {
    const world = new World()
    const seed = world.server.login()
    const a = await world.start({ seed })
    await world.value(a.get())
    await world.pass(second)
    const operations = world.store.seen.length
    for (let n = 0; n < 400; n++) {
      await world.pass(100)
      const call = a.get()
      await world.settle()
      expect(call.ended?.at).toBe(call.askedAt)
    }
    expect(world.store.seen).toHaveLength(operations)
  })
})

describe("a refresh on a store", () => {
  it("a refresh takes the lease and reads the store again before its request", async () => {
    const world = new World()
    const a = await world.start(safe)
    await world.value(a.get())
    await world.pass(second)
    expect(world.store.seen.map(({ operation }) => operation)).toEqual([
      "load",
      "acquire",
      "load",
      "save",
      "release"
    ])
  })

  it("a refresh adopts a token that another process saved before the lease was taken", async () => {
    const world = new World()
    const seed = world.server.login()
    const [a, b] = await started(world, [{ seed }, { seed }])
    if (a === undefined || b === undefined) return expect.unreachable()
    b.at("acquire", "leaving", () => {
      b.stop()
    })
    const call = b.get()
    await world.pass(second)
    await world.value(a.get())
    await world.pass(second)
    b.goOn()
    expect(await world.value(call)).toBe("access-1")
    expect(b.tags).toEqual(["Adopted"])
    expect(world.server.requests).toHaveLength(1)
    await world.pass(second)
    expect(world.leased).toBe(0)
  })

  it("a refresh adopts the token that the lease holder saves", async () => {
    const world = new World()
    const seed = world.server.login()
    world.server.latency = 3 * second
    const [a, b] = await started(world, [{ seed }, { seed }])
    if (a === undefined || b === undefined) return expect.unreachable()
    a.get()
    await world.pass(second)
    const call = b.get()
    expect(await world.value(call)).toBe("access-1")
    expect(world.elapsed).toBeLessThan(6.5 * second)
    expect(world.server.requests).toHaveLength(1)
  })

  it("a refresh adopts the token of a lease holder that dies before it releases the lease", async () => {
    const world = new World()
    const seed = world.server.login()
    const [a, b] = await started(world, [{ seed }, { seed }])
    if (a === undefined || b === undefined) return expect.unreachable()
    a.at("release", "leaving", () => {
      a.kill()
    })
    a.get()
    await world.pass(20)
    expect(await world.value(b.get())).toBe("access-1")
    expect(world.elapsed).toBeLessThan(second)
  })

  it("an explicit refresh makes a request although an older stored token is valid", async () => {
    const world = new World()
    const [a, b] = await started(world, [safe, safe])
    if (a === undefined || b === undefined) return expect.unreachable()
    await world.value(a.get())
    await world.pass(second)
    expect(await world.value(b.refresh())).toBe("access-2")
    await world.pass(second)
    expect(await world.value(a.refresh())).toBe("access-3")
    expect(await world.value(b.get())).toBe("access-2")
  })

  it("concurrent explicit refreshes share one new token", async () => {
    const world = new World()
    const seed = world.server.login()
    const processes = await started(
      world,
      Array.from({ length: 5 }, () => ({ seed }))
    )
    await Promise.all(processes.map((process) => world.value(process.get())))
    await world.pass(second)
    const calls = processes.map((process) => process.refresh())
    for (const call of calls) expect(await world.value(call)).toBe("access-2")
    expect(world.server.requests).toHaveLength(2)
  })

  it("L10 a refresh does not adopt a refused token again, and adopts a newer one of another process", async () => {
    const world = new World()
    const seed = world.server.login()
    const [a, b] = await started(world, [{ seed }, { seed }])
    if (a === undefined || b === undefined) return expect.unreachable()
    const refused = await world.token(a.get())
    await world.value(b.get())
    await world.pass(second)
    expect(a.invalidate(refused)).toBe("Invalidated")
    expect(await world.value(a.get())).toBe("access-2")
    expect(b.invalidate(refused)).toBe("Invalidated")
    expect(await world.value(b.get())).toBe("access-2")
    expect(world.server.requests).toHaveLength(2)
    expect(b.tags).toEqual(["Adopted", "Invalidated", "Adopted"])
  })

  it("L11 the refusal guard covers a new token that was adopted after an invalidation", async () => {
    const world = new World()
    const [a, b] = await started(world, [safe, safe])
    if (a === undefined || b === undefined) return expect.unreachable()
    const refused = await world.token(a.get())
    await world.value(b.get())
    a.invalidate(refused)
    await world.value(a.get())
    b.invalidate(refused)
    const adopted = await world.token(b.get())
    expect(b.invalidate(adopted)).toBe("Guarded")
    expect(world.server.requests).toHaveLength(2)
  })

  it("L4 a refresh goes on for others after a caller leaves", async () => {
    const world = new World()
    const a = await world.start(safe)
    const [left, stays] = [a.get(), a.get()]
    await world.pass(20)
    left.fiber.unsafeInterruptAsFork(left.fiber.id())
    await world.settle()
    expect(left.ended?.at).toBe(world.time.now)
    expect(await world.value(stays)).toBe("access-1")
    expect(world.server.requests).toHaveLength(1)
  })
})
