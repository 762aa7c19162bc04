import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Options } from "../sharing-model/Process.js"
import type { Operation, Outage } from "../sharing-model/SharedStore.js"
import { World } from "../sharing-model/World.js"

const second = 1000
const minute = 60 * second

/** From now on some operations of the store fail. */
const fails = (world: World, outage: Outage, ...operations: ReadonlyArray<Operation>): void => {
  world.store.outage = ({ operation }) =>
    operations.length === 0 || operations.includes(operation) ? outage : undefined
}

const comesBack = (world: World): void => {
  world.store.outage = () => undefined
}

/** A token that has expired stands in the store, and nobody has asked since. */
const begun = async (options: Options, gracePeriod?: number) => {
  const world = new World({ gracePeriod })
  const seed = world.server.login()
  const a = await world.start({ ...options, seed })
  await world.value(a.get())
  await world.passTo(61 * second)
  return { world, seed, a }
}

const unavailable = "StoreFailure Unavailable"

describe("a machine token while the store is unavailable", () => {
  for (const outage of ["down", "broken"] as const) {
    it(`a machine token is refreshed in memory, ${outage} all the time: one event per flight and no failed get`, async () => {
      const world = new World()
      fails(world, outage)
      const a = await world.start({ replay: "safe" })
      for (let flight = 1; flight <= 3; flight++) {
        expect(await world.value(a.get())).toBe(`access-${flight}`)
        expect(a.tags.slice(-2)).toEqual(["StoreUnavailable", flight === 1 ? "Acquired" : "Acquired"])
        expect(a.tags.filter((tag) => tag === "StoreUnavailable")).toHaveLength(flight)
        await world.pass(61 * second)
      }
    })
  }

  for (const [name, operations] of Object.entries({
    "before it is read": ["load"],
    "between the reading and the lease": ["acquire"],
    "at the save": ["save"],
    "at the release": ["release"]
  } satisfies Record<string, ReadonlyArray<Operation>>)) {
    for (const outage of ["down", "broken", "hanging", "mute"] as const) {
      it(`a machine token is refreshed, ${outage} ${name}`, async () => {
        const { a, world } = await begun({ replay: "safe" })
        fails(world, outage, ...operations)
        expect(await world.value(a.get())).toBe("access-2")
        // a store that does not answer is waited for once, and not at every step
        expect(world.elapsed).toBeLessThan(61 * second + 4 * second)
        await world.pass(4 * second)
        const failures = a.tags.filter((tag) => tag === "StoreUnavailable")
        expect(failures).toHaveLength(operations[0] === "release" ? 0 : 1)
        comesBack(world)
        await world.pass(61 * second)
        expect(await world.value(a.get())).toBe("access-3")
        const b = await world.start({ replay: "safe" })
        expect(await world.value(b.get())).toBe("access-3")
        expect(a.tags.filter((tag) => tag === "StoreUnavailable")).toHaveLength(failures.length)
      })
    }
  }

  it("L2 a hit and a background refresh do not wait for a store that hangs", async () => {
    const world = new World()
    const a = await world.start({ replay: "safe" })
    await world.value(a.get())
    await world.passTo(49 * second)
    fails(world, "hanging")
    const call = a.get()
    await world.settle()
    expect(call.ended?.at).toBe(call.askedAt)
    await world.pass(4 * second)
    expect(await world.value(a.get())).toBe("access-2")
  })

  it("a flight waits for a store that hangs for the configured timeout and no longer", async () => {
    const world = new World()
    fails(world, "hanging")
    const a = await world.start({ replay: "safe", store: { timeout: 500 } })
    expect(await world.value(a.get())).toBe("access-1")
    expect(world.elapsed).toBe(600)
  })

  it("after an outage the next token is shared again", async () => {
    const world = new World()
    fails(world, "down")
    const a = await world.start({ replay: "safe" })
    const b = await world.start({ replay: "safe" })
    expect(await world.value(a.get())).toBe("access-1")
    expect(await world.value(b.get())).toBe("access-2")
    comesBack(world)
    await world.pass(61 * second)
    expect(await world.value(a.get())).toBe("access-3")
    expect(await world.value(b.get())).toBe("access-3")
    expect(b.tags.at(-1)).toBe("Adopted")
    expect(world.server.requests).toHaveLength(3)
  })

  it("L7 a failing server is reported as usual during an outage", async () => {
    const world = new World()
    fails(world, "down")
    world.server.trouble = "busy"
    const a = await world.start({ replay: "safe" })
    expect(await world.failure(a.get())).toBe("TransientFailure ServerError")
    expect(a.tags).toEqual(["StoreUnavailable", "RefreshFailed"])
    expect(world.server.requests).toHaveLength(3)
  })
})

describe("a rotating grant while the store is unavailable", () => {
  for (const outage of ["down", "hanging"] as const) {
    for (const operations of [[], ["load"], ["acquire"], ["intent"]] satisfies ReadonlyArray<
      ReadonlyArray<Operation>
    >) {
      const when = operations[0] ?? "all the time"
      it(`S27 a rotating grant is not sent without a lease and an intent: ${outage}, ${when}`, async () => {
        const { a, seed, world } = await begun({})
        fails(world, outage, ...operations)
        expect(await world.failure(a.get())).toBe(unavailable)
        expect(world.elapsed).toBeLessThan(61 * second + 4 * second)
        expect(a.tags.at(-1)).toBe("RefreshFailed")
        expect(world.server.requests).toHaveLength(1)
        // L7: the window of a failure that passes
        expect(await world.failure(a.get())).toBe(unavailable)
        expect(Option.isSome(a.status().windowUntil)).toBe(true)
        comesBack(world)
        await world.pass(2 * second)
        expect(await world.value(a.get())).toBe("access-2")
        expect(world.server.isRevoked(seed)).toBe(false)
        expect(world.server.requests).toHaveLength(2)
      })
    }
  }

  for (const outage of ["broken", "mute"] as const) {
    it(`S27 an intent that took effect although its write ${outage === "broken" ? "failed" : "timed out"} does not count as sent`, async () => {
      const { a, seed, world } = await begun({})
      fails(world, outage, "intent")
      expect(await world.failure(a.get())).toBe(unavailable)
      expect(world.hasIntent).toBe(true)
      expect(world.server.requests).toHaveLength(1)
      comesBack(world)
      await world.pass(2 * second)
      const askedAt = world.elapsed
      expect(await world.value(a.get())).toBe("access-2")
      expect(world.elapsed - askedAt).toBeLessThan(second)
      expect(world.server.requests.at(-1)?.again).toBe(false)
      expect(world.server.isRevoked(seed)).toBe(false)
      expect(world.hasIntent).toBe(false)
    })
  }

  it("L6 get answers the token in hand during an outage", async () => {
    const world = new World()
    const a = await world.start({ seed: world.server.login() })
    await world.value(a.get())
    await world.passTo(49 * second)
    fails(world, "down")
    for (let n = 0; n < 10; n++) {
      const call = a.get()
      await world.settle()
      expect(call.ended?.at).toBe(call.askedAt)
      expect(call.ended?.exit._tag).toBe("Success")
      await world.pass(second)
    }
    expect(world.server.requests).toHaveLength(1)
    comesBack(world)
    await world.pass(5 * second)
    a.get()
    await world.pass(second)
    expect(await world.value(a.get())).toBe("access-2")
  })

  for (const outage of ["down", "broken", "hanging", "mute"] as const) {
    it(`refreshWithoutLease sends a rotating grant: ${outage} all the time`, async () => {
      const { a, seed, world } = await begun({ store: { refreshWithoutLease: true } })
      fails(world, outage)
      for (let flight = 2; flight <= 4; flight++) {
        expect(await world.value(a.get())).toBe(`access-${flight}`)
        await world.pass(61 * second)
      }
      comesBack(world)
      expect(await world.value(a.get())).toBe("access-5")
      await world.pass(second)
      const b = await world.start({ seed })
      expect(await world.value(b.get())).toBe("access-5")
      expect(world.server.isRevoked(seed)).toBe(false)
    })

    it(`S27 refreshWithoutLease does not send an initial refresh token: ${outage} all the time`, async () => {
      const { a, seed, world } = await begun({})
      await world.value(a.get())
      a.kill()
      fails(world, outage)
      // what has become of the seed stands in the store alone
      const b = await world.start({ seed, store: { refreshWithoutLease: true } })
      expect(await world.failure(b.get())).toBe(unavailable)
      expect(world.server.requests).toHaveLength(2)
      comesBack(world)
      await world.pass(2 * second)
      expect(await world.value(b.get())).toBe("access-2")
    })
  }

  it("S27 a grant that was sent after its intent failed to save counts as sent, even if the intent took effect", async () => {
    const { a, seed, world } = await begun({ store: { refreshWithoutLease: true } })
    fails(world, "broken", "intent")
    world.server.troubles = ["reset"]
    expect(await world.failure(a.get())).toBe("TransientFailure NoAnswer")
    expect(world.hasIntent).toBe(true)
    comesBack(world)
    await world.pass(2 * second)
    expect(await world.value(a.get())).toBe("access-2")
    expect(world.server.requests.map(({ again }) => again)).toEqual([false, false, true])
    expect(world.server.isRevoked(seed)).toBe(false)
  })

  it("refreshWithoutLease sends a rotating grant when the write of the intent fails", async () => {
    const { a, seed, world } = await begun({ store: { refreshWithoutLease: true } })
    fails(world, "down", "intent")
    expect(await world.value(a.get())).toBe("access-2")
    comesBack(world)
    await world.pass(61 * second)
    expect(await world.value(a.get())).toBe("access-3")
    expect(world.server.isRevoked(seed)).toBe(false)
  })

  for (const outage of ["down", "broken", "hanging", "mute"] as const) {
    it(`S26 a token that cannot be saved is put in hand, and is saved when the store is available again: ${outage}`, async () => {
      const { a, seed, world } = await begun({})
      const b = await world.start({ seed })
      fails(world, outage, "save")
      expect(await world.value(a.get())).toBe("access-2")
      expect(world.elapsed).toBeLessThan(61 * second + 4 * second)
      expect(a.tags.slice(-2)).toEqual(["StoreUnavailable", "Acquired"])
      await world.pass(5 * second)
      comesBack(world)
      await world.pass(6 * second)
      expect(world.hasIntent).toBe(false)
      expect(await world.value(b.get())).toBe("access-2")
      expect(b.tags.at(-1)).toBe("Adopted")
      expect(world.server.requests).toHaveLength(2)
      await world.pass(61 * second)
      expect(await world.value(b.get())).toBe("access-3")
      expect(world.server.requests.at(-1)?.presented).toBe("refresh-3")
    })
  }

  it("S26 a refresh token that cannot be saved is used for the next refresh, whose response is saved", async () => {
    const { a, seed, world } = await begun({})
    fails(world, "down", "save")
    expect(await world.value(a.get())).toBe("access-2")
    await world.pass(61 * second)
    // the intent of the first one is still in the record
    expect(await world.value(a.get())).toBe("access-3")
    comesBack(world)
    await world.pass(6 * second)
    expect(world.hasIntent).toBe(false)
    const b = await world.start({ seed })
    expect(await world.value(b.get())).toBe("access-3")
    await world.pass(61 * second)
    expect(await world.value(b.get())).toBe("access-4")
    expect(world.server.isRevoked(seed)).toBe(false)
  })

  it("S27 grace, a late save does not overwrite what another process saved meanwhile", async () => {
    const { a, seed, world } = await begun({}, 30 * minute)
    const b = await world.start({ seed })
    world.store.outage = ({ operation, process }) =>
      process === "A" && operation === "save" ? "down" : undefined
    expect(await world.value(a.get())).toBe("access-2")
    // b presents once more what a has presented, and saves another refresh token than the one that a holds
    expect(await world.value(b.get())).toBe("access-3")
    expect(world.storedRefreshToken).toBe("refresh-4")
    expect(await world.value(a.refresh())).toBe("access-4")
    expect(world.server.requests.at(-1)?.presented).toBe("refresh-4")
    comesBack(world)
    await world.pass(10 * second)
    expect(world.storedRefreshToken).toBe("refresh-5")
    expect(world.server.isRevoked(seed)).toBe(false)
  })

  it("S27 grace, a late save does not overwrite the record of a process that sends the grant again", async () => {
    const { a, seed, world } = await begun({}, 30 * minute)
    const b = await world.start({ seed })
    world.store.outage = ({ operation, process }) =>
      process === "A" && operation === "save" ? "down" : undefined
    expect(await world.value(a.get())).toBe("access-2")
    expect(await world.value(b.get())).toBe("access-3")
    comesBack(world)
    await world.pass(10 * second)
    const c = await world.start({ seed })
    expect(await world.value(c.get())).toBe("access-3")
    await world.pass(61 * second)
    expect(await world.value(a.get())).toBe("access-4")
    expect(world.server.requests.at(-1)?.presented).toBe("refresh-4")
  })

  it("S27 strict, another process waits for the late save and adopts it", async () => {
    const { a, seed, world } = await begun({})
    const b = await world.start({ seed })
    fails(world, "down", "save")
    expect(await world.value(a.get())).toBe("access-2")
    const waiting = b.get()
    await world.pass(10 * second)
    expect(waiting.ended).toBeUndefined()
    comesBack(world)
    expect(await world.value(waiting)).toBe("access-2")
    expect(world.server.requests).toHaveLength(2)
  })

  it("L5 an outstanding save is tried once more when the scope closes, and no caller hangs", async () => {
    for (const isBack of [true, false]) {
      const { a, seed, world } = await begun({})
      fails(world, "down", "save")
      expect(await world.value(a.get())).toBe("access-2")
      await world.pass(1_700)
      if (isBack) comesBack(world)
      const closing = a.close()
      await world.pass(4 * second)
      expect(closing.ended).toBeDefined()
      comesBack(world)
      await world.pass(minute)
      expect(world.hasIntent).toBe(!isBack)
      if (!isBack) continue
      const b = await world.start({ seed })
      expect(await world.value(b.refresh())).toBe("access-3")
    }
  })

  it("L5 closing the scope while a store hangs takes no longer than its timeout", async () => {
    for (const replay of ["safe", "once"] as const) {
      for (const operation of ["load", "acquire", "intent", "save", "release"] as const) {
        const { a, world } = await begun({ replay })
        fails(world, "hanging", operation)
        const call = a.get()
        await world.pass(1_000)
        const closing = a.close()
        await world.pass(8 * second)
        expect(closing.ended, `${replay}, ${operation}`).toBeDefined()
        expect(call.ended, `${replay}, ${operation}`).toBeDefined()
      }
    }
  })

  it("a lease that is granted after the timeout is released", async () => {
    const { a, world } = await begun({ replay: "safe" })
    world.store.slow.set("acquire", 2 * second)
    // it would have had its lease after four seconds, and has gone on without it after three
    expect(await world.value(a.get())).toBe("access-2")
    expect(world.leased).toBeGreaterThan(0)
    await world.pass(2 * second)
    expect(world.leased).toBe(0)
  })

  it("a renewal that fails once does not lose the lease", async () => {
    const world = new World()
    const seed = world.server.login()
    world.server.latency = 4 * second
    const store = { lease: 3 * second }
    const a = await world.start({ seed, store })
    const b = await world.start({ seed, store })
    a.at("renew", "leaving", () => {
      fails(world, "down", "renew")
    })
    a.at(
      "renew",
      "leaving",
      () => {
        comesBack(world)
      },
      2
    )
    const first = a.get()
    await world.pass(100)
    const other = b.get()
    while (first.ended === undefined) {
      expect(world.leased).toBeGreaterThan(0)
      await world.pass(100)
    }
    expect(await world.value(first)).toBe("access-1")
    expect(await world.value(other)).toBe("access-1")
    expect(world.server.requests).toHaveLength(1)
  })

  it("a record that cannot be decrypted is a failure and does not count as empty", async () => {
    const { a, world } = await begun({})
    const { record } = world
    if (record === undefined) return expect.unreachable()
    world.store.look(({ save }) =>
      save({ ...record, content: Redacted.make("not of a token cache") }, record.version)
    )
    expect(await world.failure(a.get())).toBe("StoreFailure Undecryptable")
    expect(world.server.requests).toHaveLength(1)
  })
})
