/**
 * What must not happen, however slow the machine is: judged by what the server has seen and by what the processes have
 * told. A process that gets no time to run may miss a deadline or find that its token expired on the way; it may never
 * break the order of a refresh, overwrite a successor's record, or answer a token that is no good.
 */
import type { TokenRequest } from "../../support/rotatingServer.js"
import type { Told, Worker } from "./grant.js"

export interface Evidence {
  readonly requests: ReadonlyArray<TokenRequest>
  readonly workers: ReadonlyArray<Pick<Worker, "pid" | "messages">>
  /** Of the access tokens, in milliseconds. */
  readonly lifetime: number
}

/** Breaches of what no process may do, at any server. */
export const breaches = (evidence: Evidence): ReadonlyArray<string> => [
  ...evidence.workers.flatMap((worker) =>
    [...badTokens(worker, evidence), ...outOfOrder(worker, evidence)].map(
      (breach) => `process ${worker.pid}: ${breach}`
    )
  ),
  ...overwritten(evidence)
]

/** Gets that hang, tokens that had expired, and tokens that were never issued, or not for so long. */
const badTokens = ({ messages }: Evidence["workers"][number], { lifetime, requests }: Evidence) => {
  const issuedAt = new Map(
    requests.flatMap(({ issued }) => (issued === undefined ? [] : [[issued.digest, issued.at] as const]))
  )
  return messages.flatMap((message) => {
    switch (message.type) {
      case "hang":
        return [`a get has taken ${message.millis} ms and has not ended`]
      case "expired":
        return [
          `a get answered ${message.digest}, expired ${message.at - message.expiresAt} ms before it began`
        ]
      case "token": {
        const at = issuedAt.get(message.digest)
        if (at === undefined) return [`a get answered ${message.digest}, which was never issued`]
        // its life is counted from before it was asked for, and never from later
        return message.expiresAt <= at + lifetime
          ? []
          : [`a get answered ${message.digest} as if it lived ${message.expiresAt - at} ms`]
      }
      default:
        return []
    }
  })
}

/**
 * S27: a request leaves a process that holds the lease, and a refresh token is presented only after the intent to do so was
 * saved. The order is that in which the process reports its own steps. Client credentials are sent without a lease while
 * the store is unavailable.
 */
const outOfOrder = ({ messages, pid }: Evidence["workers"][number], { requests }: Evidence) => {
  const isRotating = requests.some(
    ({ caller, presented }) => caller === String(pid) && presented !== undefined
  )
  let fence: number | undefined
  let [isAlone, hasIntent] = [false, false]
  return messages.flatMap((message) => {
    switch (message.type) {
      case "lease":
        fence = message.fence
        isAlone = false
        return []
      case "released":
        if (message.fence === fence) fence = undefined
        return []
      case "event":
        if (message.tag === "StoreUnavailable") isAlone = true
        return []
      case "saved":
        hasIntent = message.intent !== undefined
        return []
      case "request": {
        const found = [
          ...(fence !== undefined || (isAlone && !isRotating) ? [] : ["a request leaves without the lease"]),
          ...(hasIntent || !isRotating ? [] : ["a request leaves without a saved intent"])
        ]
        hasIntent = false
        return found
      }
      default:
        return []
    }
  })
}

/** S26: a version of a record is saved once. */
const overwritten = ({ workers }: Evidence): ReadonlyArray<string> => {
  const savedBy = new Map<string, number>()
  return workers.flatMap(({ messages, pid }) =>
    ofType(messages, "saved").flatMap(({ record, version }) => {
      const other = savedBy.get(`${version} of ${record}`)
      savedBy.set(`${version} of ${record}`, pid)
      return other === undefined ? [] : [`processes ${other} and ${pid} have both saved version ${version}`]
    })
  )
}

/** Anything else than one request each time a token was due, answered with a token, by a refresh token of its own. */
export const wastes = (
  { requests, workers }: Evidence,
  /** How long before its expiry a token is due. */
  margin: number
): ReadonlyArray<string> => {
  const expiresAt = new Map(tokensOf(workers).map((token) => [token.digest, token.expiresAt]))
  const presented = new Set<string>()
  return requests.flatMap(({ at, presented: { digest } = {}, status }, index) => {
    const before = requests[index - 1]?.issued
    const expiry = before && expiresAt.get(before.digest)
    const found = [
      ...(status === 200 ? [] : [`request ${index} was answered ${status ?? "not at all"}`]),
      ...(digest !== undefined && presented.has(digest)
        ? [`request ${index} presents a refresh token that was presented before`]
        : []),
      ...(before !== undefined && expiry === undefined
        ? [`no process used the token before request ${index}`]
        : []),
      // a millisecond may be lost in rounding
      ...(expiry !== undefined && at < expiry - margin - 1
        ? [`request ${index} came ${expiry - margin - at} ms before the token was due`]
        : [])
    ]
    if (digest !== undefined) presented.add(digest)
    return found
  })
}

/** The failures of gets. */
export const failures = (workers: Evidence["workers"]): ReadonlyArray<Told<"failure">> =>
  workers.flatMap(({ messages }) => ofType(messages, "failure"))

/** How long the processes of a grant wait for each other, in milliseconds. */
export interface Waits {
  readonly lease: number
  readonly deadline: number
}

/**
 * Failures of gets that nothing explains. None may fail while its process has a valid token. A grant is reported lost only
 * after the server has refused it. A process without time to run may miss the deadline of its request, or get a token that
 * has expired by then, but not sooner after its intent than the deadline or the lifetime is long.
 */
export const unexplained = (
  { lifetime, requests, workers }: Evidence,
  { deadline }: Waits
): ReadonlyArray<string> => {
  const refusal = requests.find(isRefused)
  return workers.flatMap(({ messages, pid }) => {
    let validUntil = -Infinity
    let intent = -Infinity
    return messages.flatMap((message) => {
      if (message.type === "token") validUntil = message.expiresAt
      if (message.type === "saved" && message.intent !== undefined) intent = message.intent
      if (message.type !== "failure") return []
      const { at, reason, tag } = message
      const isExplained =
        at >= validUntil &&
        (isLoss(message)
          ? refusal !== undefined && refusal.at <= at
          : tag === "TransientFailure" &&
            ((reason === "Timeout" && at >= intent + deadline) ||
              (reason === "ExpiredOnArrival" && at >= intent + lifetime)))
      return isExplained ? [] : [`process ${pid}: a get fails with ${tag} (${reason}): ${message.message}`]
    })
  })
}

/**
 * S27 at a strict server: a refresh token is presented by a second process only when no response to the first can come any
 * more, counted from the intent that the first has saved.
 */
export const blindlyRepeated = (
  { requests, workers }: Evidence,
  { deadline, lease }: Waits
): ReadonlyArray<string> => {
  const last = new Map<string, TokenRequest>()
  return requests.flatMap((request) => {
    const { at, caller, presented } = request
    if (presented === undefined) return []
    const first = last.get(presented.digest)
    last.set(presented.digest, request)
    if (first === undefined || first.caller === caller) return []
    const intent = lastOf(workers, first, intents)?.intent ?? first.at
    // the wait is made of several sleeps, each of which may end a millisecond early
    return at >= intent + lease + deadline - 50
      ? []
      : [
          `process ${caller ?? ""} presents what ${first.caller ?? ""} meant to present ${at - intent} ms before`
        ]
  })
}

/** A process that was refused saves that the grant has ended; one that takes the lease after that sends nothing. */
export const repeatedAfterEnd = ({ requests, workers }: Evidence): ReadonlyArray<string> => {
  const refusal = requests.find(isRefused)
  const end = workers
    .filter(({ pid }) => String(pid) === refusal?.caller)
    .flatMap(({ messages }) => ofType(messages, "saved"))
    .find(({ at, intent }) => refusal !== undefined && at >= refusal.at && intent === undefined)
  return requests.flatMap((request) => {
    const lease = lastOf(workers, request, leases)
    return end !== undefined && lease !== undefined && lease.at > end.at
      ? [`process ${request.caller ?? ""} asks for a grant that is known to have ended`]
      : []
  })
}

/**
 * Whether a request arrived after another process had taken the lease. A process that stands still between its last look at
 * the clock and its request can do that, and a server with a time of grace takes it for the newer one.
 */
export const isLate = ({ requests, workers }: Evidence): boolean =>
  requests.some((request) => {
    const own = lastOf(workers, request, leases)
    return workers.some(({ messages }) =>
      leases(messages).some(({ at, fence }) => own !== undefined && fence > own.fence && at <= request.at)
    )
  })

export const isLoss = ({ reason, tag }: Told<"failure">): boolean =>
  tag === "ReauthorizationRequired" && reason === "AnswerLost"

const isRefused = ({ status }: TokenRequest): boolean => status !== undefined && status !== 200

/** The last of some messages that the sender of a request had sent when that arrived. */
const lastOf = <M extends { readonly at: number }>(
  workers: Evidence["workers"],
  { at, caller }: TokenRequest,
  pick: (messages: Worker["messages"]) => ReadonlyArray<M>
): M | undefined =>
  workers
    .filter(({ pid }) => String(pid) === caller)
    .flatMap(({ messages }) => pick(messages))
    .filter((message) => message.at <= at)
    .at(-1)

const leases = (messages: Worker["messages"]) => ofType(messages, "lease")

const intents = (messages: Worker["messages"]) =>
  ofType(messages, "saved").filter(({ intent }) => intent !== undefined)

const ofType = <T extends Worker["messages"][number]["type"]>(
  messages: Worker["messages"],
  type: T
): ReadonlyArray<Told<T>> => messages.filter((message): message is Told<T> => message.type === type)

const tokensOf = (workers: Evidence["workers"]) =>
  workers.flatMap(({ messages }) => ofType(messages, "token"))
