/**
 * The options that the grants share: the parameters that they add to a request, and the identity under which a store keeps
 * the grant's tokens.
 */
import * as Redacted from "effect/Redacted"
import type { Parameter, Parameters } from "../wire/TokenEndpoint.js"

/**
 * The client and the server. The server is given by its token URL or by its issuer.
 *
 * @since 0.1.0
 * @category models
 */
export interface Client {
  readonly server: string
  readonly clientId: string
}

export interface RequestOptions {
  readonly scopes?: ReadonlyArray<string> | undefined
  readonly audience?: string | undefined
  readonly resource?: ReadonlyArray<string> | undefined
  readonly parameters?: Parameters | undefined
}

/** The body parameters of the grant's request. The grant's own parameters override those that the user adds. */
export const requestParameters = (
  grantType: string,
  { audience, parameters, resource, scopes = [] }: RequestOptions
): Parameters => ({
  ...parameters,
  grant_type: grantType,
  ...(scopes.length === 0 ? {} : { scope: scopes.join(" ") }),
  ...(audience === undefined ? {} : { audience }),
  ...(resource === undefined ? {} : { resource })
})

/**
 * Canonical JSON, so that no field can be mistaken for a part of another. Scopes and resources are sets, and a secret
 * parameter counts by its name alone. Trailing fields without a value are left out, so that adding a field to the list
 * does not change existing identities.
 */
export const identityOf = (
  grantType: string,
  { clientId, server }: Client,
  request: RequestOptions = {}
): string => {
  const parameters = Object.entries(request.parameters ?? {})
    .flatMap(([name, value]) => (value === undefined ? [] : [parameterEntry(name, value)]))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const fields = [
    grantType,
    server,
    clientId,
    canonicalSet(request.scopes),
    request.audience,
    canonicalSet(request.resource),
    parameters.length === 0 ? undefined : parameters
  ]
  while (fields.at(-1) === undefined) fields.pop()
  return JSON.stringify(fields)
}

const parameterEntry = (name: string, value: Parameter): readonly [name: string, value?: unknown] =>
  Redacted.isRedacted(value) ? [name] : [name, value]

const canonicalSet = (members: ReadonlyArray<string> = []): ReadonlyArray<string> | undefined =>
  members.length === 0 ? undefined : [...new Set(members)].sort()
