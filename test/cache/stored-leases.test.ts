import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type { Options } from "../sharing-model/Process.js"
import { World } from "../sharing-model/World.js"

const second = 1000
const minute = 60 * second

/** Of one who is stopped, so that it does not take its own stop for an outage of the store. */
const patient: Options["store"] = { timeout: minute }

/** Every kind of operation that was asked for, in its order. */
const operations = (world: World): ReadonlyArray<string> => world.store.seen.map(({ operation }) => operation)

describe("the intent", () => {
  it("S27 the intent is written before the request is sent, and removed with the response", async () => {
    const world = new World()
    const a = await world.start({ seed: world.server.login() })
    let hasIntent: boolean | undefined
    a.at("request", "leaving", () => {
      hasIntent = world.hasIntent
    })
    await world.value(a.get())
    await world.pass(second)
    expect(hasIntent).toBe(true)
    expect(world.hasIntent).toBe(false)
    expect(operations(world)).toEqual(["load", "acquire", "load", "intent", "save", "release"])
  })

  it("S27 no intent is written for a grant that may be sent again", async () => {
    const world = new World()
    await world.value((await world.start({ replay: "safe" })).get())
    await world.pass(second)
    expect(world.store.count("intent")).toBe(0)
  })

  it("S27 nothing is sent if the intent fails because another process took the lease", async () => {
    const world = new World()
    const seed = world.server.login()
    const a = await world.start({ seed, store: patient })
    const b = await world.start({ seed })
    a.at("intent", "leaving", () => {
      a.stop()
    })
    const late = a.get()
    await world.pass(20 * second)
    expect(await world.value(b.get())).toBe("access-1")
    a.goOn()
    expect(await world.value(late)).toBe("access-1")
    expect(world.server.requests.map(({ process }) => process)).toEqual(["B"])
    expect(a.tags).toEqual(["Adopted"])
  })

  it("S27 nothing is sent if the intent fails because another process has written its own", async () => {
    const world = new World()
    const seed = world.server.login()
    world.server.latency = 2 * second
    const a = await world.start({ seed, store: patient })
    const b = await world.start({ seed })
    a.at("intent", "leaving", () => {
      a.stop()
    })
    const late = a.get()
    await world.pass(20 * second)
    const successor = b.get()
    await world.pass(second)
    expect(world.server.requests).toHaveLength(1)
    a.goOn()
    expect(await world.value(late)).toBe("access-1")
    expect(await world.value(successor)).toBe("access-1")
    expect(world.server.requests).toHaveLength(1)
  })

  it("S27 the intent is written again if a rekey took its version", async () => {
    const world = new World()
    const seed = world.server.login()
    const a = await world.start({ seed })
    await world.value(a.get())
    await world.passTo(61 * second)
    a.at("intent", "leaving", () => {
      world.rekey()
    })
    const hasIntent: Array<boolean> = []
    a.at("request", "leaving", () => {
      hasIntent.push(world.hasIntent)
    })
    expect(await world.value(a.get())).toBe("access-2")
    expect(hasIntent).toEqual([true])
    expect(world.elapsed).toBeLessThan(62 * second)
    expect(world.server.requests).toHaveLength(2)
  })

  it("S27 a process that was stopped between its intent and its request sends nothing after its successor has", async () => {
    const world = new World()
    const seed = world.server.login()
    const a = await world.start({ seed })
    const b = await world.start({ seed })
    a.at("intent", "answering", () => {
      a.stop()
    })
    const late = a.get()
    await world.pass(16 * second)
    expect(await world.value(b.get())).toBe("access-1")
    a.goOn()
    expect(await world.value(late)).toBe("access-1")
    expect(world.server.requests.map(({ process }) => process)).toEqual(["B"])
    expect(world.server.isRevoked(seed)).toBe(false)
  })
})

describe("the lease", () => {
  const release = (name: string, replay: Options["replay"], act: (world: World) => void) =>
    it(`the lease is released ${name}, ${replay}`, async () => {
      const world = new World()
      const a = await world.start({ replay, seed: world.server.login() })
      act(world)
      await world.exit(a.get())
      await world.pass(second)
      expect(world.store.count("release")).toBe(world.store.count("acquire"))
      expect(world.leased).toBe(0)
    })

  for (const replay of ["safe", "once"] as const) {
    release("after a success", replay, () => undefined)
    release("after a failure", replay, ({ server }) => (server.trouble = "busy"))
    release("after a rejection", replay, ({ server }) => (server.trouble = "refused"))
    release("after an answer that was lost", replay, ({ server }) => (server.trouble = "lost"))
    release("after a deadline", replay, ({ server }) => (server.trouble = "swallowed"))
  }

  for (const phase of ["leaving", "done", "answering"] as const) {
    for (const replay of ["safe", "once"] as const) {
      for (const operation of ["load", "acquire", "intent", "request", "save", "release"] as const) {
        if (replay === "safe" && operation === "intent") continue
        it(`L5 the lease is released when the scope closes, ${replay}: ${operation}, ${phase}`, async () => {
          const world = new World()
          const seed = world.server.login()
          // so that there is a record to look at, and a lease is of it
          await world.value((await world.start({ replay, seed })).get())
          await world.passTo(61 * second)
          const a = await world.start({ replay, seed })
          const closing: Array<ReturnType<typeof a.close>> = []
          a.at(operation, phase, () => {
            closing.push(a.close())
          })
          const call = a.get()
          await world.pass(second)
          expect(closing).toHaveLength(1)
          expect(call.ended).toBeDefined()
          expect(closing[0]?.ended).toBeDefined()
          expect(world.leased).toBe(0)
          const b = await world.start({ replay, seed })
          expect(await world.value(b.get())).toMatch(/^access-[23]$/)
          expect(world.elapsed).toBeLessThan(64 * second)
          if (replay === "once") expect(world.server.isRevoked(seed)).toBe(false)
        })
      }
    }
  }

  it("L5 the response of a once request is saved although the scope closes meanwhile", async () => {
    const world = new World()
    const seed = world.server.login()
    world.server.latency = 2 * second
    const a = await world.start({ seed })
    const call = a.get()
    await world.pass(second)
    const closing = a.close()
    await world.settle()
    expect(closing.ended).toBeUndefined()
    await world.exit(closing)
    expect(await world.value(call)).toBe("access-1")
    expect(world.hasIntent).toBe(false)
    const b = await world.start({ seed })
    expect(await world.value(b.get())).toBe("access-1")
    expect(world.server.requests).toHaveLength(1)
  })

  it("L5 closing the scope ends the wait for the lease", async () => {
    const world = new World()
    const seed = world.server.login()
    world.server.latency = 4 * second
    const a = await world.start({ seed })
    const b = await world.start({ seed })
    const first = a.get()
    await world.pass(100)
    const waiting = b.get()
    await world.pass(second)
    const closing = b.close()
    await world.pass(300)
    expect(closing.ended).toBeDefined()
    expect(waiting.ended?.exit._tag).toBe("Failure")
    expect(await world.value(first)).toBe("access-1")
    await world.pass(second)
    expect(world.leased).toBe(0)
  })

  it("L5 closing the scope ends the wait for a dead holder", async () => {
    const world = new World()
    const seed = world.server.login()
    const a = await world.start({ seed })
    const b = await world.start({ seed })
    a.at("request", "done", () => {
      a.kill()
    })
    a.get()
    const waiting = b.get()
    await world.passTo(20 * second)
    expect(world.leased).toBeGreaterThan(0)
    const closing = b.close()
    await world.pass(300)
    expect(closing.ended).toBeDefined()
    expect(waiting.ended).toBeDefined()
    expect(world.leased).toBe(0)
    expect(world.server.requests).toHaveLength(1)
  })

  it("the lease is renewed during a long request, and keeps other processes waiting", async () => {
    const world = new World()
    const seed = world.server.login()
    world.server.latency = 4 * second
    const store = { lease: 3 * second }
    const a = await world.start({ seed, store })
    const b = await world.start({ seed, store })
    const first = a.get()
    await world.pass(100)
    const another = b.get()
    for (let n = 0; n < 70; n++) {
      await world.pass(100)
      expect(world.leased).toBeGreaterThan(0)
      expect(world.leased).toBeLessThanOrEqual(3 * second)
    }
    expect(world.store.count("renew", "A")).toBeGreaterThanOrEqual(7)
    expect(await world.value(first)).toBe("access-1")
    expect(await world.value(another)).toBe("access-1")
    expect(world.server.requests).toHaveLength(1)
    await world.pass(second)
    expect(world.leased).toBe(0)
    await world.pass(minute)
    const released = world.store.seen.findIndex(({ operation }) => operation === "release")
    const after = world.store.seen.slice(released).filter(({ operation }) => operation === "renew")
    expect(after).toEqual([])
  })

  it("the lease of a dead holder ends after its configured length", async () => {
    const world = new World()
    const seed = world.server.login()
    await world.value((await world.start({ seed })).get())
    await world.passTo(61 * second)
    const a = await world.start({ seed })
    a.at("acquire", "done", () => {
      a.kill()
    })
    a.get()
    await world.pass(10)
    expect(world.leased).toBeGreaterThan(14 * second)
    expect(world.leased).toBeLessThanOrEqual(15 * second)
    const b = await world.start({ seed })
    expect(await world.value(b.get())).toBe("access-2")
    expect(world.elapsed).toBeLessThan(77 * second)
  })

  it("L7 a process gives up waiting for the lease after a limit", async () => {
    const world = new World()
    const seed = world.server.login()
    await world.value((await world.start({ replay: "safe", seed })).get())
    await world.passTo(61 * second)
    const { record } = world
    if (record === undefined) return expect.unreachable()
    world.store.look(({ acquire }) => acquire(record.key, "somebody who renews for ever", Duration.hours(1)))
    const b = await world.start({ replay: "safe", seed })
    expect(await world.failure(b.get())).toBe("TransientFailure Timeout")
    expect(world.elapsed).toBeGreaterThanOrEqual(61 * second + 25 * second)
    expect(world.elapsed).toBeLessThan(61 * second + 51 * second)
    expect(world.server.requests).toHaveLength(1)
  })

  it("L7 the wait for the lease starts over each time the record changes", async () => {
    const world = new World()
    const seed = world.server.login()
    await world.value((await world.start({ replay: "safe", seed })).get())
    await world.passTo(61 * second)
    const { record } = world
    if (record === undefined) return expect.unreachable()
    world.store.look(({ acquire }) => acquire(record.key, "a holder that renews for ever", Duration.hours(1)))
    const b = await world.start({ replay: "safe", seed })
    const waiting = b.get()
    for (let n = 0; n < 3; n++) {
      await world.pass(40 * second)
      expect(waiting.ended).toBeUndefined()
      world.rekey()
    }
    const changedAt = world.elapsed
    expect(await world.failure(waiting)).toBe("TransientFailure Timeout")
    expect(world.elapsed - changedAt).toBeGreaterThanOrEqual(50 * second)
    expect(world.elapsed - changedAt).toBeLessThan(51 * second)
    expect(world.server.requests).toHaveLength(1)
  })

  it("a process polls a held lease less and less often", async () => {
    const world = new World()
    const seed = world.server.login()
    world.server.latency = 4 * second
    const a = await world.start({ seed })
    const b = await world.start({ seed })
    a.get()
    await world.pass(10)
    b.get()
    await world.pass(2 * second)
    const soon = world.store.count("acquire", "B")
    expect(soon).toBeGreaterThan(8)
    expect(soon).toBeLessThan(20)
    await world.pass(5 * second)
    const later = world.store.count("acquire", "B") - soon
    expect(later).toBeLessThanOrEqual(21)
    expect(later).toBeGreaterThanOrEqual(17)
  })
})

describe("a slow holder", () => {
  /** A's answer is there, and A does not go on for longer than its lease. */
  const slow = async (gracePeriod?: number) => {
    const world = new World({ gracePeriod, lifetime: 10 * minute })
    const seed = world.server.login()
    const a = await world.start({ seed })
    const b = await world.start({ seed })
    a.at("request", "answering", () => {
      a.stop()
    })
    const late = a.get()
    await world.pass(20 * second)
    return { world, seed, a, b, late }
  }

  it("S26 a slow holder saves its response while its intent is in the record", async () => {
    const { a, b, late, world } = await slow()
    expect(world.hasIntent).toBe(true)
    a.goOn()
    expect(await world.value(late)).toBe("access-1")
    await world.pass(second)
    expect(world.hasIntent).toBe(false)
    expect(await world.value(b.get())).toBe("access-1")
    expect(world.server.requests).toHaveLength(1)
    expect(a.tags).toEqual(["Acquired"])
  })

  it("S26 a slow holder saves its response even if its deadline fires first", async () => {
    const { a, b, late, world } = await slow()
    a.goOn("timers")
    expect(await world.value(late)).toBe("access-1")
    expect(await world.value(b.get())).toBe("access-1")
    expect(world.server.requests).toHaveLength(1)
    expect(a.tags).toEqual(["Acquired"])
  })

  it("S26 a slow holder saves its response after a rekey took the version", async () => {
    const { a, b, late, world } = await slow()
    world.rekey()
    world.rekey()
    a.goOn()
    expect(await world.value(late)).toBe("access-1")
    await world.pass(second)
    expect(world.hasIntent).toBe(false)
    expect(await world.value(b.get())).toBe("access-1")
    expect(world.server.requests).toHaveLength(1)
  })

  it("S26 a slow holder adopts what its successor saved instead of overwriting it", async () => {
    const { a, b, late, world } = await slow(30 * minute)
    expect(await world.value(b.get())).toBe("access-2")
    await world.pass(second)
    const saved = world.record?.version
    a.goOn()
    expect(await world.value(late)).toBe("access-2")
    await world.pass(second)
    expect(world.record?.version).toBe(saved)
    expect(a.tags).toEqual(["Adopted"])
    // what is kept is the successor's: it is taken, and nothing is lost by it
    await world.pass(11 * minute)
    expect(await world.value(a.get())).toBe("access-3")
    expect(world.server.requests.at(-1)?.presented).toBe("refresh-3")
  })

  it("S26 a slow holder does not overwrite its successor's intent", async () => {
    const { a, b, late, world } = await slow(30 * minute)
    world.server.latency = 2 * second
    const successor = b.get()
    await world.pass(second)
    expect(world.server.requests).toHaveLength(2)
    const marked = world.record?.version
    a.goOn()
    await world.pass(second)
    expect(world.record?.version).toBe(marked)
    expect(await world.value(successor)).toBe("access-2")
    expect(await world.value(late)).toMatch(/^access-[12]$/)
    await world.pass(11 * minute)
    await world.value(a.get())
    expect(world.server.requests.at(-1)?.presented).toBe("refresh-3")
  })

  it("S26 strict: a successor waits for a slow holder and adopts its late response", async () => {
    const { a, b, late, world } = await slow()
    const waiting = b.get()
    await world.pass(3 * second)
    expect(world.server.requests).toHaveLength(1)
    a.goOn()
    expect(await world.value(waiting)).toBe("access-1")
    expect(await world.value(late)).toBe("access-1")
    expect(world.server.requests).toHaveLength(1)
  })

  it("a lease that has expired is not renewed", async () => {
    const { a, late, world } = await slow()
    const renewals = world.store.count("renew")
    a.goOn()
    await world.value(late)
    await world.pass(minute)
    expect(world.store.count("renew")).toBeLessThanOrEqual(renewals + 1)
    expect(world.leased).toBe(0)
    expect(Option.isNone(world.record?.presentedAt ?? Option.none())).toBe(true)
  })
})
