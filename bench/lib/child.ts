/** A process that carries out one task: it is told what to measure against, and answers with what it found. */
import { once } from "node:events"
import { measures } from "../measures/index.js"
import type { Task } from "./process.js"

const carryOut = async ({ bench, measure: name, peer: peerName }: Task): Promise<unknown> => {
  const measure = await measures[name]?.load()
  if (peerName === undefined) return measure?.run(bench)
  const { everyone } = await import("../peers/index.js")
  const peer = everyone.find(({ name }) => name === peerName)
  return peer && measure?.runPeer?.(bench, peer)
}

const [task] = (await once(process, "message")) as [Task]
const result = await carryOut(task)
process.send?.(result, () => process.exit())
