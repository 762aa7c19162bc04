/**
 * What a grant is known by where tokens are kept.
 *
 * @since 0.1.0
 */
import * as Redacted from "effect/Redacted"
import type { Parameter } from "../wire/TokenEndpoint.js"
import type { Asked } from "./asked.js"

/**
 * Who asks whom. The server is given by its token URL or by its issuer.
 *
 * @since 0.1.0
 * @category models
 */
export interface Client {
  readonly server: string
  readonly clientId: string
}

/**
 * Canonical JSON, in which no field can pass for a part of another. Scopes and resources are sets, and of a secret
 * parameter the name alone stands in it. What is left out at the end costs nothing.
 */
export const identityOf = (grantType: string, { clientId, server }: Client, asked: Asked = {}): string => {
  const parameters = Object.entries(asked.parameters ?? {})
    .flatMap(([name, value]) => (value === undefined ? [] : [parameterOf(name, value)]))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const fields = [
    grantType,
    server,
    clientId,
    setOf(asked.scopes),
    asked.audience,
    setOf(asked.resource),
    parameters.length === 0 ? undefined : parameters
  ]
  while (fields.at(-1) === undefined) fields.pop()
  return JSON.stringify(fields)
}

const parameterOf = (name: string, value: Parameter): readonly [name: string, value?: unknown] =>
  Redacted.isRedacted(value) ? [name] : [name, value]

const setOf = (members: ReadonlyArray<string> = []): ReadonlyArray<string> | undefined =>
  members.length === 0 ? undefined : [...new Set(members)].sort()
