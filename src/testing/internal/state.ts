/**
 * All that a fake authorization server knows.
 *
 * @since 0.1.0
 */
import * as Chunk from "effect/Chunk"
import type * as Redacted from "effect/Redacted"
import type { Answer } from "../Answer.js"
import type { Behaviour, Client } from "./behaviour.js"
import { redacted } from "./behaviour.js"
import type { Tokens } from "./issuing.js"
import * as Issuing from "./issuing.js"
import type { Address } from "./reading.js"
import type { SeenRequest } from "./SeenRequest.js"

export interface RegisteredClient extends Client {
  readonly clientSecret: Redacted.Redacted | undefined
}

export interface State {
  readonly address: Address
  readonly behaviour: Behaviour
  readonly clients: ReadonlyMap<string, RegisteredClient>
  readonly scripted: Readonly<Record<SeenRequest["kind"], ReadonlyArray<Answer>>>
  /** What is answered to token and metadata requests until it is taken back. */
  readonly standing: Answer | undefined
  readonly rejectsCredentials: boolean
  readonly refusesTokens: boolean
  readonly tokens: Tokens
  readonly requests: Chunk.Chunk<SeenRequest>
}

export const initial = (address: Address, behaviour: Behaviour, clients: ReadonlyArray<Client>): State => ({
  address,
  behaviour,
  clients: new Map(clients.map((client) => [client.clientId, registered(client)])),
  scripted: { Token: [], Metadata: [], Resource: [] },
  standing: undefined,
  rejectsCredentials: false,
  refusesTokens: false,
  tokens: Issuing.none,
  requests: Chunk.empty()
})

const registered = (client: Client): RegisteredClient => ({
  ...client,
  clientSecret: client.clientSecret === undefined ? undefined : redacted(client.clientSecret)
})

/** Answers that are given before anything else, one a request. */
export const script = (state: State, kind: SeenRequest["kind"], answers: ReadonlyArray<Answer>): State => ({
  ...state,
  scripted: { ...state.scripted, [kind]: [...state.scripted[kind], ...answers] }
})

export const rotateSecret = (
  state: State,
  clientId: string,
  clientSecret: string | Redacted.Redacted
): State => ({
  ...state,
  clients: new Map([
    ...state.clients,
    [clientId, { ...(state.clients.get(clientId) ?? { clientId }), clientSecret: redacted(clientSecret) }]
  ])
})

/** A refresh token for a client, the first one unless another is named. */
export const consent = (
  state: State,
  options: { readonly clientId?: string; readonly scopes?: ReadonlyArray<string> }
): readonly [Redacted.Redacted, State] => {
  const clientId = options.clientId ?? [...state.clients.keys()][0] ?? ""
  const [value, tokens] = Issuing.issueRefresh(state.tokens, {
    prefix: state.behaviour.tokenPrefix,
    clientId,
    scopes: options.scopes ?? []
  })
  return [value, { ...state, tokens }]
}
