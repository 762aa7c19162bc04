import { fork } from "node:child_process"
import { once } from "node:events"
import { startServer } from "../server/start.js"
import type { Bench } from "../measures/measure.js"

/** What a process is to do: a whole measure, or what a measure does with one peer. */
export interface Task {
  readonly measure: string
  readonly bench: Bench
  readonly peer?: string
  /** Flags that Node needs beside the usual ones. */
  readonly flags?: ReadonlyArray<string> | undefined
}

/** Carries out a task in a process of its own, and brings what it sent back. */
export const inProcess = async <A>(task: Task): Promise<A> => {
  const child = fork(new URL("child.ts", import.meta.url), {
    execArgv: ["--import", "tsx", "--expose-gc", ...(task.flags ?? [])]
  })
  const ended = once(child, "exit")
  child.send(task)
  const result = await Promise.race([
    once(child, "message").then(([result]) => result as A),
    ended.then(([code]) =>
      Promise.reject(new Error(`${task.measure} ended without a result: ${String(code)}`))
    )
  ])
  await ended
  return result
}

/** The same for one peer, against a server of its own: a peer that floods it floods nobody else. */
export const inProcessOfPeer = async <A>(measure: string, bench: Bench, peer: string): Promise<A> => {
  const server = await startServer(bench.certificate)
  try {
    return await inProcess<A>({ measure, bench: { ...bench, server: server.addresses }, peer })
  } finally {
    server.stop()
  }
}

/** Runs jobs, so many at a time, and brings their results in order. */
export const pooled = async <A, B>(
  size: number,
  items: ReadonlyArray<A>,
  job: (item: A) => Promise<B>
): Promise<ReadonlyArray<B>> => {
  const results: Array<B> = []
  const waiting = [...items.entries()]
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      results[next[0]] = await job(next[1])
    }
  }
  await Promise.all(Array.from({ length: size }, work))
  return results
}
