import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Operation } from "../sharing-model/SharedStore.js"
import type { Phase, Process } from "../sharing-model/Process.js"
import type { Trouble } from "../sharing-model/Server.js"
import { exitOf, World } from "../sharing-model/World.js"

const second = 1000
const minute = 60 * second

interface Point {
  readonly name: string
  readonly operation: Operation | "request"
  readonly phase: Phase
}

const point = (name: string, operation: Point["operation"], phase: Phase): Point => ({
  name,
  operation,
  phase
})

/** The points at which a holder may die, in their order. */
const points = {
  beforeIntent: point("before the intent", "intent", "leaving"),
  intentWritten: point("after the intent was written, before the process knew", "intent", "done"),
  marked: point("after the intent, before the request was sent", "request", "leaving"),
  acted: point("after the server acted", "request", "done"),
  answered: point("after the answer came, before the save left", "save", "leaving"),
  saved: point("after the save", "save", "done"),
  beforeRelease: point("before the release", "release", "leaving"),
  released: point("after the release", "release", "done")
} as const

type PointName = keyof typeof points

const dies = (process: Process, { operation, phase }: Point): void =>
  process.at(operation, phase, () => {
    process.kill()
  })

/** One holds a token that has expired, asks for a new one, and dies; another is there, or is started in its place. */
const crash = async (at: PointName, options: { gracePeriod?: number; isRestart: boolean }) => {
  const world = new World({ gracePeriod: options.gracePeriod })
  const seed = world.server.login()
  const a = await world.start({ seed })
  const b = options.isRestart ? undefined : await world.start({ seed })
  await world.value(a.get())
  if (b !== undefined) await world.value(b.get())
  await world.passTo(61 * second)
  dies(a, points[at])
  a.get()
  await world.passUntil(() => !a.isAlive)
  const diedAt = world.elapsed
  const survivor = b ?? (await world.start({ seed }))
  const call = survivor.get()
  const exit = await world.exit(call)
  return { world, seed, survivor, call, exit, took: world.elapsed - diedAt }
}

/** What became of it, in what time, and with how many requests beside the first one and that of the dead one. */
interface Outcome {
  readonly becomes: "a new token" | "AnswerLost" | "adopted"
  readonly atLeast: number
  readonly within: number
}

const lease = 15 * second
const deadline = 10 * second
const soon = second

const afterLease: Outcome = { becomes: "a new token", atLeast: lease - second, within: lease + soon }
const adopted: Outcome = { becomes: "adopted", atLeast: 0, within: soon }
const askedOnceMore: Outcome = {
  becomes: "a new token",
  atLeast: lease + deadline - second,
  within: lease + deadline + soon
}
const lost: Outcome = { ...askedOnceMore, becomes: "AnswerLost" }

const outcomes: Record<"strict" | "grace", Record<PointName, Outcome>> = {
  strict: {
    beforeIntent: afterLease,
    intentWritten: askedOnceMore,
    marked: askedOnceMore,
    acted: lost,
    answered: lost,
    saved: adopted,
    beforeRelease: adopted,
    released: adopted
  },
  grace: {
    beforeIntent: afterLease,
    intentWritten: afterLease,
    marked: afterLease,
    acted: afterLease,
    answered: afterLease,
    saved: adopted,
    beforeRelease: adopted,
    released: adopted
  }
}

describe("a holder that dies", () => {
  for (const [server, table] of Object.entries(outcomes)) {
    for (const [at, expected] of Object.entries(table) as ReadonlyArray<[PointName, Outcome]>) {
      for (const isRestart of [false, true]) {
        const who = isRestart ? "the one started in its place" : "its sibling"
        it(`S27 ${server}, ${points[at].name}: ${who} comes to ${expected.becomes}`, async () => {
          const gracePeriod = server === "grace" ? 30 * minute : undefined
          const { call, exit, seed, survivor, took, world } = await crash(at, {
            ...(gracePeriod === undefined ? {} : { gracePeriod }),
            isRestart
          })
          expect(took).toBeGreaterThanOrEqual(expected.atLeast)
          expect(took).toBeLessThan(expected.within)
          if (expected.becomes === "AnswerLost") {
            expect(await world.failure(call)).toBe("ReauthorizationRequired AnswerLost")
            expect(survivor.tags.at(-1)).toBe("Rejected")
            return
          }
          expect(exit._tag).toBe("Success")
          expect(survivor.tags.at(-1)).toBe(expected.becomes === "adopted" ? "Adopted" : "Acquired")
          expect(world.server.isRevoked(seed)).toBe(false)
          // and it goes on from there
          await world.pass(61 * second)
          await world.value(survivor.get())
          expect(world.elapsed - took).toBeLessThan(3 * minute)
          await world.pass(second)
          expect(world.hasIntent).toBe(false)
          expect(world.leased).toBe(0)
        })
      }
    }
  }

  it("S27 a refresh token that a dead holder sent is known as sent when it is sent again", async () => {
    for (const at of ["intentWritten", "marked", "acted", "answered"] as const) {
      const { world } = await crash(at, { isRestart: false })
      const last = world.server.requests.at(-1)
      expect(last?.again, at).toBe(true)
      expect(last?.presented).toBe("refresh-2")
    }
    const { world } = await crash("beforeIntent", { isRestart: false })
    expect(world.server.requests.at(-1)?.again).toBe(false)
  })

  it("S27 grace, the refresh token is sent again although a token is in hand", async () => {
    const world = new World({ gracePeriod: 30 * minute, lifetime: 10 * minute })
    const seed = world.server.login()
    const a = await world.start({ seed })
    const b = await world.start({ seed })
    await world.value(a.get())
    await world.value(b.get())
    await world.passTo(9 * minute)
    dies(a, points.acted)
    a.get()
    await world.pass(second)
    expect(await world.value(b.get())).toBe("access-1")
    await world.pass(20 * second)
    expect(await world.value(b.get())).toBe("access-3")
    expect(world.server.isRevoked(seed)).toBe(false)
  })

  it("S27 grace, after the grace period the server counts as strict", async () => {
    const world = new World({ gracePeriod: 30 * second })
    const seed = world.server.login()
    const a = await world.start({ seed })
    await world.value(a.get())
    await world.passTo(61 * second)
    dies(a, points.acted)
    a.get()
    await world.pass(minute)
    const b = await world.start({ seed })
    expect(await world.failure(b.get())).toBe("ReauthorizationRequired AnswerLost")
  })

  it("S27 grace, a grace period shorter than the lease has no effect", async () => {
    const { call, took, world } = await crash("acted", { gracePeriod: 10 * second, isRestart: false })
    expect(took).toBeGreaterThanOrEqual(24 * second)
    expect(await world.failure(call)).toBe("ReauthorizationRequired AnswerLost")
  })

  it("S27 the store's list says since when a refresh token is being sent, and only while it is", async () => {
    const world = new World()
    const a = await world.start({ seed: world.server.login() })
    const presented: Array<Option.Option<DateTime.Utc>> = []
    const list = () => {
      const summaries = world.store.look(({ list }) => Stream.runCollect(list))
      presented.push(...Array.from(summaries, ({ presentedAt }) => presentedAt))
    }
    await world.value(a.get())
    await world.passTo(61 * second)
    a.at("request", "done", list)
    const askedAt = world.time.now
    await world.value(a.get())
    list()
    const [during, after] = presented
    const sinceAsked = Option.map(during ?? Option.none(), (at) => DateTime.toEpochMillis(at) - askedAt)
    expect(Option.getOrThrow(sinceAsked)).toBeGreaterThanOrEqual(0)
    expect(Option.getOrThrow(sinceAsked)).toBeLessThan(20)
    expect(after).toEqual(Option.none())
    expect(presented).toHaveLength(2)
  })

  it("S27 strict, no request is made while the token in hand is valid", async () => {
    const world = new World({ lifetime: 10 * minute })
    const seed = world.server.login()
    const a = await world.start({ seed })
    const b = await world.start({ seed })
    await world.value(a.get())
    await world.value(b.get())
    await world.passTo(9 * minute)
    dies(a, points.acted)
    a.get()
    await world.pass(20 * second)
    for (let n = 0; n < 36; n++) {
      expect(await world.value(b.get())).toBe("access-1")
      await world.pass(second)
    }
    expect(world.server.requests).toHaveLength(2)
    const failures = b.events.filter(({ _tag }) => _tag === "RefreshFailed")
    expect(failures).toHaveLength(1)
    await world.pass(10 * second)
    expect(await world.failure(b.get())).toBe("ReauthorizationRequired AnswerLost")
    expect(world.server.requests).toHaveLength(3)
    // lease and deadline had long passed
    expect(world.elapsed).toBeLessThan(10 * minute + 10 * second)
  })

  it("S27 strict, a refused token in hand does not delay the request until it expires", async () => {
    const world = new World({ lifetime: 10 * minute })
    const seed = world.server.login()
    const a = await world.start({ seed })
    const b = await world.start({ seed })
    await world.value(a.get())
    const refused = await world.token(b.get())
    await world.passTo(9 * minute)
    dies(a, points.marked)
    a.get()
    await world.pass(20 * second)
    expect(await world.value(b.get())).toBe("access-1")
    await world.pass(2 * second)
    expect(b.invalidate(refused)).toBe("Invalidated")
    expect(await world.value(b.get())).toBe("access-2")
    expect(world.elapsed).toBeGreaterThanOrEqual(9 * minute + 25 * second)
    expect(world.elapsed).toBeLessThan(9 * minute + 27 * second)
    expect(world.server.requests.at(-1)?.again).toBe(true)
  })

  it("S27 strict, a restarted process sends the refresh token once more only after no process can be using it", async () => {
    const { took, world } = await crash("acted", { isRestart: true })
    expect(took).toBeGreaterThanOrEqual(24 * second)
    expect(world.server.requests).toHaveLength(3)
  })

  it("S27 strict, the wait follows the configured lease and deadline", async () => {
    const options = { store: { lease: 4 * second }, policy: { deadline: 2 * second } }
    const world = new World()
    const seed = world.server.login()
    await world.value((await world.start({ ...options, seed })).get())
    await world.passTo(61 * second)
    for (const [at, wait] of [
      [points.beforeIntent, 4 * second],
      [points.marked, 6 * second]
    ] as const) {
      const a = await world.start({ ...options, seed })
      dies(a, at)
      a.get()
      await world.passUntil(() => !a.isAlive)
      const diedAt = world.elapsed
      const b = await world.start({ ...options, seed })
      await world.value(b.get())
      expect(world.elapsed - diedAt).toBeGreaterThan(wait - second)
      expect(world.elapsed - diedAt).toBeLessThan(wait + second)
      await world.pass(61 * second)
    }
  })

  it("S27 a second death at the same point ends like the first", async () => {
    const world = new World({ gracePeriod: 30 * minute })
    const seed = world.server.login()
    await world.value((await world.start({ seed })).get())
    await world.passTo(61 * second)
    for (let n = 0; n < 3; n++) {
      const process = await world.start({ seed })
      dies(process, points.acted)
      process.get()
      await world.passUntil(() => !process.isAlive)
    }
    const survivor = await world.start({ seed })
    await world.value(survivor.get())
    expect(world.server.isRevoked(seed)).toBe(false)
    expect(world.elapsed).toBeLessThan(61 * second + 3 * 16 * second)
  })

  it("S27 strict, processes that start after the loss learn of it from the record and make no request", async () => {
    const { survivor, world } = await crash("acted", { isRestart: false })
    expect(world.server.requests).toHaveLength(3)
    const another = await world.start({ seed: "refresh-1" })
    expect(await world.failure(another.get())).toBe("ReauthorizationRequired AnswerLost")
    await world.pass(20 * minute)
    expect(await world.failure(survivor.get())).toBe("ReauthorizationRequired AnswerLost")
    expect(world.server.requests).toHaveLength(3)
  })

  for (const trouble of ["lost", "unanswered", "reset", "swallowed"] satisfies ReadonlyArray<Trouble>) {
    it(`L9 strict, a response that is ${trouble} ends like a death at that point, but sooner`, async () => {
      const world = new World()
      const seed = world.server.login()
      const a = await world.start({ seed })
      await world.value(a.get())
      await world.passTo(61 * second)
      world.server.troubles = [trouble]
      expect(await world.failure(a.get())).toMatch(/^TransientFailure/)
      await world.pass(2 * second)
      const call = a.get()
      await world.exit(call)
      // its own attempt has come to its end: nobody else can be at work
      expect(world.elapsed).toBeLessThan(61 * second + 14 * second)
      const wasActedUpon = trouble === "lost" || trouble === "unanswered"
      if (wasActedUpon) {
        expect(await world.failure(call)).toBe("ReauthorizationRequired AnswerLost")
      } else {
        expect(await world.value(call)).toBe("access-2")
      }
      expect(world.server.requests.at(-1)?.again).toBe(true)
      expect(world.server.requests).toHaveLength(3)
    })

    it(`L9 grace, after a response that is ${trouble} the refresh token is sent again`, async () => {
      const world = new World({ gracePeriod: 30 * minute })
      const seed = world.server.login()
      const a = await world.start({ seed })
      const b = await world.start({ seed })
      await world.value(a.get())
      await world.value(b.get())
      await world.passTo(61 * second)
      world.server.troubles = [trouble]
      expect(await world.failure(a.get())).toMatch(/^TransientFailure/)
      await world.pass(2 * second)
      expect((await world.value(b.get())).startsWith("access-")).toBe(true)
      expect(await world.value(a.get())).toBe(await world.value(b.get()))
      expect(world.server.isRevoked(seed)).toBe(false)
    })
  }

  it("a lease holder of a machine token that dies costs others only the rest of its lease", async () => {
    for (const at of [points.acted, points.answered]) {
      const world = new World()
      const a = await world.start({ replay: "safe" })
      await world.value(a.get())
      await world.passTo(61 * second)
      dies(a, at)
      a.get()
      await world.passUntil(() => !a.isAlive)
      const b = await world.start({ replay: "safe" })
      expect(await world.value(b.get())).toBe("access-3")
      expect(world.elapsed).toBeLessThan(61 * second + 16 * second)
    }
  })

  it("L5 no caller that waits for a dead holder hangs, whatever its successor does", async () => {
    const world = new World()
    const seed = world.server.login()
    const [a, b] = [await world.start({ seed }), await world.start({ seed })]
    dies(a, points.acted)
    a.get()
    const calls = Array.from({ length: 10 }, () => b.get())
    await world.pass(minute)
    expect(calls.map(exitOf).filter((exit) => exit === undefined)).toEqual([])
  })
})
