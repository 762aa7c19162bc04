/**
 * From a request to its answer.
 *
 * @since 0.1.0
 */
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import type { Answer } from "../Answer.js"
import * as Answers from "../Answer.js"
import { answer as metadataAnswer } from "./metadata.js"
import type { Arrival } from "./reading.js"
import { seen } from "./reading.js"
import { answer as resourceAnswer } from "./resource.js"
import type { SeenRequest } from "./SeenRequest.js"
import type { State } from "./state.js"
import { answer as tokenAnswer } from "./tokenEndpoint.js"

/** What goes back to the client, and when. */
export interface Reply {
  readonly answer: Extract<Answer, { readonly _tag: "Response" | "Failure" | "Hang" }>
  readonly after: Duration.Duration
}

/** Answers a request: as scripted, else as is standing, else as usual. The request is taken note of. */
export const handle = (before: State, arrival: Arrival): readonly [Reply, State] => {
  const [planned, state] = takePlanned(before, arrival.kind)
  const [reply, after] = settle(state, planned, usualOf(state, arrival))
  const request = seen(arrival, state.behaviour.basicEncoding, {
    status: reply.answer._tag === "Response" ? reply.answer.status : undefined,
    arrived: !(reply.answer._tag === "Failure" && reply.answer.kind === "NotSent")
  })
  const delay = request.arrived ? delayOf(state, request) : Duration.zero
  return [
    { ...reply, after: Duration.sum(reply.after, delay) },
    { ...after, requests: Chunk.append(after.requests, request) }
  ]
}

const takePlanned = (state: State, kind: SeenRequest["kind"]): readonly [Answer, State] => {
  const [next, ...rest] = state.scripted[kind]
  if (next !== undefined) return [next, { ...state, scripted: { ...state.scripted, [kind]: rest } }]
  return [(kind === "Resource" ? undefined : state.standing) ?? Answers.asUsual(), state]
}

const delayOf = (state: State, request: SeenRequest): Duration.Duration => {
  const { delay } = state.behaviour
  if (typeof delay === "function") return Duration.decode(delay(request))
  return request.kind === "Resource" ? Duration.zero : Duration.decode(delay)
}

/** What the server does and answers by itself; `members` change an answer that brings a token. */
type Usual = (members: Readonly<Record<string, unknown>>) => readonly [Answer, State]

const settle = (state: State, planned: Answer, usual: Usual): readonly [Reply, State] => {
  switch (planned._tag) {
    case "Response":
    case "Failure":
    case "Hang":
      return [{ answer: planned, after: Duration.zero }, state]
    case "Delayed": {
      const [reply, after] = settle(state, planned.answer, usual)
      return [{ ...reply, after: Duration.sum(reply.after, planned.by) }, after]
    }
    case "Lost": {
      const [reply, after] = settle(state, Answers.asUsual(), usual)
      return [{ ...reply, answer: { _tag: "Failure", kind: "NoAnswer" } }, after]
    }
    case "AsUsual": {
      const [answer, after] = usual(planned.members)
      return settle(after, answer, () => [Answers.json({}), after])
    }
  }
}

const usualOf =
  (state: State, arrival: Arrival): Usual =>
  (members) => {
    switch (arrival.kind) {
      case "Token":
        return tokenAnswer(state, arrival, members)
      case "Metadata":
        return [metadataAnswer(state, arrival), state]
      case "Resource":
        return [resourceAnswer(state, arrival), state]
    }
  }
