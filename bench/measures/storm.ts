import { setTimeout as sleep } from "node:timers/promises"

/** One get of a storm. */
export interface Answer {
  /** When it was asked, in milliseconds since the start. */
  readonly at: number
  /** How long it took, in milliseconds. */
  readonly took: number
  /** Whether the event loop turned before the answer came: what is in memory is answered before that, however busy the machine. */
  readonly waited: boolean
  readonly failed: boolean
}

/** How often a storm asks in a second. */
export const rate = 1_000

const tick = 5

/** How long after the storm an answer is waited for, in milliseconds; one that has not come by then has failed. */
const patience = 10_000

/** Asks so many times a second, whether or not earlier gets have been answered, and waits for the answers. */
export const storm = async (seconds: number, get: () => Promise<string>): Promise<ReadonlyArray<Answer>> => {
  const start = performance.now()
  const over = sleep(seconds * 1000 + patience, true)
  const ask = async (turn: { over: boolean }): Promise<Answer> => {
    const asked = performance.now()
    const answered = get().then(
      () => false,
      () => true
    )
    const failed = await Promise.race([answered, over])
    return { at: asked - start, took: performance.now() - asked, waited: turn.over, failed }
  }
  const answers: Array<Promise<Answer>> = []
  for (let now = 0; now < seconds * 1000; now = performance.now() - start) {
    const turn = { over: false }
    setImmediate(() => {
      turn.over = true
    })
    while (answers.length < (now * rate) / 1000) answers.push(ask(turn))
    await sleep(tick)
  }
  return Promise.all(answers)
}
