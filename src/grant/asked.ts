/**
 * What a grant asks for, and how that stands in its request.
 *
 * @since 0.1.0
 */
import type { Parameters } from "../wire/TokenEndpoint.js"

export interface Asked {
  readonly scopes?: ReadonlyArray<string> | undefined
  readonly audience?: string | undefined
  readonly resource?: ReadonlyArray<string> | undefined
  readonly parameters?: Parameters | undefined
}

/** The parameters of its request. What the grant itself says wins over what its user adds. */
export const parametersOf = (
  grantType: string,
  { audience, parameters, resource, scopes = [] }: Asked
): Parameters => ({
  ...parameters,
  grant_type: grantType,
  ...(scopes.length === 0 ? {} : { scope: scopes.join(" ") }),
  ...(audience === undefined ? {} : { audience }),
  ...(resource === undefined ? {} : { resource })
})
