import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { inspect } from "node:util"
import { vi } from "vitest"
import type { Options } from "../sharing-model/Process.js"
import type { Operation, Outage, Seen } from "../sharing-model/SharedStore.js"
import { World } from "../sharing-model/World.js"

const second = 1000
const minute = 60 * second
const hour = 60 * minute

/** What came after the first token of one process, which has expired. */
const begun = async (options: Options = {}) => {
  const world = new World()
  const seed = world.server.login()
  const a = await world.start({ ...options, seed })
  await world.value(a.get())
  await world.passTo(61 * second)
  return { world, seed, a }
}

/** From now on some operations of the store fail. */
const fails = (world: World, outage: Outage, ...operations: ReadonlyArray<Operation>): void => {
  world.store.outage = ({ operation }) => (operations.includes(operation) ? outage : undefined)
}

/** The next operation of this sort fails, and no other. */
const failsOnce = (world: World, outage: Outage, operation: Operation): void => {
  world.store.outage = (seen: Seen) => {
    if (seen.operation !== operation) return undefined
    comesBack(world)
    return outage
  }
}

const comesBack = (world: World): void => {
  world.store.outage = () => undefined
}

const presented = ({ server }: World): ReadonlyArray<string | undefined> =>
  server.requests.map((request) => request.presented)

const defect = "canary-defect"

/** An operation of the store dies of a bug in it, the next time or every time. */
const dies = (world: World, operation: "load" | "save" | "release", times: "once" | "always"): void => {
  const spy = vi.spyOn(world.store.records, operation)
  const bug = Effect.die(new Error(defect))
  if (times === "once") spy.mockReturnValueOnce(bug)
  else spy.mockReturnValue(bug)
}

describe("a store that throws", () => {
  it("L15 a release that dies does not end the flight a second time", async () => {
    const { a, world } = await begun()
    dies(world, "release", "always")
    expect(await world.value(a.get())).toBe("access-2")
    await world.pass(second)
    expect(world.store.count("release")).toBe(2)
    expect(a.tags).toEqual(["Acquired", "Acquired"])
    expect(Option.isNone(a.status().windowUntil)).toBe(true)
    expect(Option.isNone(a.status().lastFailure)).toBe(true)
  })

  it("S27 a save that dies is tried again like one that failed, and loses no refresh token", async () => {
    const { a, seed, world } = await begun()
    a.at("request", "done", () => {
      dies(world, "save", "once")
    })
    expect(await world.value(a.get())).toBe("access-2")
    expect(a.tags.slice(1)).toEqual(["StoreUnavailable", "Acquired"])
    await world.pass(5 * second)
    expect(world.hasIntent).toBe(false)
    expect(world.storedRefreshToken).toBe("refresh-3")
    await world.pass(minute)
    expect(await world.value(a.get())).toBe("access-3")
    expect(presented(world)).toEqual(["refresh-1", "refresh-2", "refresh-3"])
    expect(world.server.isRevoked(seed)).toBe(false)
  })

  it("S27 a load that dies does not fail a machine token, and does not send a rotating one", async () => {
    const safe = await begun({ replay: "safe" })
    dies(safe.world, "load", "always")
    expect(await safe.world.value(safe.a.get())).toBe("access-2")
    expect(safe.a.tags.slice(1)).toEqual(["StoreUnavailable", "Acquired"])

    const once = await begun()
    dies(once.world, "load", "always")
    expect(await once.world.failure(once.a.get())).toBe("StoreFailure Unavailable")
    expect(once.a.tags.slice(1)).toEqual(["StoreUnavailable", "RefreshFailed"])
    expect(once.world.server.requests).toHaveLength(1)
  })

  for (const operation of ["load", "save"] as const) {
    it(`S22 the error of a store that dies does not show the cause: ${operation}`, async () => {
      const { a, world } = await begun()
      dies(world, operation, "always")
      const exit = await world.exit(a.get())
      const failure = Exit.isFailure(exit) ? Cause.pretty(exit.cause, { renderErrorCause: true }) : ""
      const shown = inspect([failure, exit, a.events, a.status()], { depth: Infinity })
      expect(shown).toContain("test/Api")
      expect(shown).not.toContain(defect)
    })
  }
})

describe("a token that has expired on arrival", () => {
  it("L7 L12 a token that has expired on arrival costs a machine's flight three requests", async () => {
    const { a, world } = await begun({ replay: "safe" })
    world.server.lifetime = 50
    expect(await world.failure(a.get())).toBe("TransientFailure ExpiredOnArrival")
    expect(world.server.requests).toHaveLength(1 + 3)
    expect(a.tags).toEqual(["Acquired", "RefreshFailed"])
  })

  it("L7 L12 a flight retries after a token that has expired on arrival", async () => {
    const { a, world } = await begun({ replay: "safe" })
    world.server.lifetime = 50
    a.at("request", "done", () => {
      world.server.lifetime = minute
    })
    expect(await world.value(a.get())).toBe("access-3")
    expect(world.server.requests).toHaveLength(1 + 2)
    expect(a.tags).toEqual(["Acquired", "Acquired"])
    const b = await world.start({ replay: "safe" })
    expect(await world.value(b.get())).toBe("access-3")
  })
})

describe("a lease", () => {
  it("L3 a lease is kept although a renewal hangs, since the next one follows", async () => {
    const world = new World()
    const seed = world.server.login()
    world.server.latency = 4 * second
    const store = { lease: 4 * second, timeout: second }
    const a = await world.start({ seed, store })
    const b = await world.start({ seed, store })
    failsOnce(world, "hanging", "renew")
    const first = a.get()
    await world.pass(100)
    const other = b.get()
    while (first.ended === undefined) {
      expect(world.leased).toBeGreaterThan(0)
      await world.pass(100)
    }
    expect(world.store.count("renew", "A")).toBeGreaterThan(1)
    expect(await world.value(first)).toBe("access-1")
    expect(await world.value(other)).toBe("access-1")
    expect(world.server.requests).toHaveLength(1)
  })

  it("L5 a save that fails while the scope closes is tried once more", async () => {
    const { a, seed, world } = await begun()
    world.server.latency = second
    failsOnce(world, "down", "save")
    const call = a.get()
    await world.pass(second)
    const closing = a.close()
    await world.exit(closing)
    expect(world.elapsed).toBeLessThan(61 * second + 5 * second)
    expect(await world.value(call)).toBe("access-2")
    expect(world.hasIntent).toBe(false)
    expect(world.storedRefreshToken).toBe("refresh-3")
    const b = await world.start({ seed })
    expect(await world.value(b.get())).toBe("access-2")
    expect(world.server.requests).toHaveLength(2)
  })
})

describe("a save that fails while the scope closes", () => {
  /** The scope closes during the request, and the store accepts no save for so long after the answer. */
  const closing = async (outage: number) => {
    const { a, seed, world } = await begun()
    world.server.latency = second
    a.get()
    await world.pass(second)
    const answeredAt = world.time.now + second
    world.store.outage = ({ at, operation }) =>
      operation === "save" && at < answeredAt + outage ? "down" : undefined
    await world.exit(a.close())
    return { world, seed, closedAfter: world.time.now - answeredAt }
  }

  it("L5 a save that fails while the scope closes is tried until the store accepts it", async () => {
    const { closedAfter, seed, world } = await closing(1_500)
    expect(closedAfter).toBeGreaterThanOrEqual(1_500)
    expect(world.hasIntent).toBe(false)
    expect(world.storedRefreshToken).toBe("refresh-3")
    const b = await world.start({ seed })
    expect(await world.value(b.get())).toBe("access-2")
    expect(world.server.requests).toHaveLength(2)
  })

  it("L5 a save that fails while the scope closes is tried no longer than the store timeout", async () => {
    const { closedAfter, world } = await closing(minute)
    expect(closedAfter).toBeGreaterThan(2 * second)
    expect(closedAfter).toBeLessThan(4 * second)
    expect(world.hasIntent).toBe(true)
  })
})

describe("memory that is newer than the record", () => {
  it("S27 memory stays newer than the record after an intent failed and nothing was sent", async () => {
    const { a, seed, world } = await begun()
    fails(world, "down", "save")
    expect(await world.value(a.get())).toBe("access-2")
    await world.pass(61 * second)
    fails(world, "down", "intent", "save")
    expect(await world.failure(a.get())).toBe("StoreFailure Unavailable")
    fails(world, "down", "save")
    await world.pass(2 * second)
    expect(await world.value(a.get())).toBe("access-3")
    expect(presented(world)).toEqual(["refresh-1", "refresh-2", "refresh-3"])
    expect(world.server.isRevoked(seed)).toBe(false)
  })

  it("S27 memory stays newer than the record after an intent failed and the request was never sent", async () => {
    const { a, seed, world } = await begun({ store: { refreshWithoutLease: true } })
    fails(world, "down", "load")
    expect(await world.value(a.get())).toBe("access-2")
    await world.pass(61 * second)
    fails(world, "down", "intent", "save")
    world.server.trouble = "not sent"
    expect(await world.failure(a.get())).toBe("TransientFailure NotSent")
    comesBack(world)
    world.server.trouble = undefined
    await world.pass(2 * second)
    expect(await world.value(a.get())).toBe("access-3")
    expect(presented(world)).toEqual(["refresh-1", "refresh-2", "refresh-3"])
    expect(world.server.isRevoked(seed)).toBe(false)
  })

  it("L10 a refused token in memory is not replaced by an older one of the store", async () => {
    const world = new World({ lifetime: hour })
    const a = await world.start({ replay: "safe" })
    const first = await world.token(a.get())
    fails(world, "down", "load")
    expect(a.invalidate(first)).toBe("Invalidated")
    const newer = await world.token(a.get())
    comesBack(world)
    await world.pass(minute)
    expect(a.invalidate(newer)).toBe("Invalidated")
    expect(await world.value(a.get())).toBe("access-3")
    expect(a.tags.at(-1)).toBe("Acquired")
  })
})

describe("the intent of a dead holder", () => {
  /** A dies with its intent in the record and before its request arrives, while B has a token that is good for long. */
  const left = async (options: Options = {}) => {
    const world = new World({ lifetime: hour })
    const seed = world.server.login()
    const a = await world.start({ seed })
    const b = await world.start({ ...options, seed })
    await world.value(a.get())
    const token = await world.token(b.get())
    a.at("request", "leaving", () => {
      a.kill()
    })
    a.refresh()
    await world.passUntil(() => !a.isAlive)
    await world.pass(minute)
    return { world, b, token }
  }

  it("L10 S27 an intent of a dead holder delays a request no longer than the token in hand is valid", async () => {
    const { b, token, world } = await left()
    expect(await world.failure(b.refresh())).toBe("TransientFailure NoAnswer")
    expect(await world.value(b.get())).toBe("access-1")
    expect(b.invalidate(token)).toBe("Invalidated")
    await world.pass(2 * second)
    expect(await world.value(b.get())).toBe("access-2")
    expect(world.server.requests.at(-1)?.again).toBe(true)
    expect(world.elapsed).toBeLessThan(3 * minute)
  })

  it("S27 a process whose clock is behind waits for a dead holder no longer than others", async () => {
    const { b, token, world } = await left({ ahead: -10 * minute })
    expect(b.invalidate(token)).toBe("Invalidated")
    const askedAt = world.elapsed
    expect(await world.value(b.get())).toBe("access-2")
    expect(world.elapsed - askedAt).toBeLessThan(26 * second)
  })
})

describe("a response whose outcome cannot be saved", () => {
  it("S28 a rejected grant is reported as rejected although its end cannot be saved, and not as lost later", async () => {
    const { a, seed, world } = await begun()
    world.server.revoke(seed)
    fails(world, "down", "save")
    expect(await world.failure(a.get())).toBe("ReauthorizationRequired InvalidGrant")
    expect(a.tags.slice(1)).toEqual(["StoreUnavailable", "Rejected"])
    expect(world.hasIntent).toBe(true)
    comesBack(world)
    await world.pass(61 * second)
    expect(await world.failure(a.get())).toBe("ReauthorizationRequired InvalidGrant")
    expect(world.server.requests.at(-1)?.again).toBe(false)
    expect(world.hasIntent).toBe(false)
  })

  it("L9 a request that was not accepted is known as such although its intent cannot be cleared", async () => {
    const { a, world } = await begun()
    world.server.trouble = "busy"
    fails(world, "down", "save")
    expect(await world.failure(a.get())).toBe("TransientFailure ServerError")
    expect(world.hasIntent).toBe(true)
    comesBack(world)
    world.server.trouble = undefined
    await world.pass(2 * second)
    const askedAt = world.elapsed
    expect(await world.value(a.get())).toBe("access-2")
    expect(world.elapsed - askedAt).toBeLessThan(second)
    expect(world.server.requests.at(-1)?.again).toBe(false)
  })

  it("L9 S26 the intent of a request that was not accepted is cleared across a rekey, and the attempts go on", async () => {
    const { a, seed, world } = await begun()
    world.server.troubles = ["busy"]
    a.at("request", "done", () => {
      world.rekey()
    })
    expect(await world.value(a.get())).toBe("access-2")
    expect(world.server.requests.map(({ again }) => again)).toEqual([false, false, false])
    // no look at the record was needed in between
    expect(world.store.count("acquire")).toBe(2)
    await world.pass(second)
    expect(world.hasIntent).toBe(false)
    expect(world.server.isRevoked(seed)).toBe(false)
  })

  it("S26 a machine token whose record was rekeyed during its request is saved and not requested again", async () => {
    const { a, world } = await begun({ replay: "safe" })
    a.at("request", "done", () => {
      world.rekey()
      world.rekey()
    })
    expect(await world.value(a.get())).toBe("access-2")
    const b = await world.start({ replay: "safe" })
    expect(await world.value(b.get())).toBe("access-2")
    expect(world.server.requests).toHaveLength(2)
    expect(a.tags).toEqual(["Acquired", "Acquired"])
  })

  it("S28 a rejected grant is ended across a rekey, and no other process makes a request", async () => {
    const { a, seed, world } = await begun()
    world.server.revoke(seed)
    a.at("request", "done", () => {
      world.rekey()
      world.rekey()
    })
    expect(await world.failure(a.get())).toBe("ReauthorizationRequired InvalidGrant")
    expect(world.hasIntent).toBe(false)
    const b = await world.start({ seed })
    expect(await world.failure(b.get())).toMatch(/^ReauthorizationRequired/)
    expect(world.server.requests).toHaveLength(2)
  })
})
