/** The part of `oidc-provider` that is used here; the package brings no types. */
declare module "oidc-provider" {
  import type { JsonWebKey } from "node:crypto"
  import type { IncomingMessage, RequestListener } from "node:http"

  export interface Client {
    readonly clientId: string
  }

  export interface ClientCredentials {
    readonly jti: string
    readonly clientId: string
    readonly scope?: string
    readonly aud?: string
    readonly resourceServer?: ResourceServer
    destroy(): Promise<void>
  }

  export interface ResourceServer {
    readonly scope: string
    readonly audience?: string
    readonly accessTokenFormat?: "opaque" | "jwt"
    readonly accessTokenTTL?: number
    readonly jwt?: { readonly sign: { readonly alg: string } }
  }

  export interface Context {
    readonly req: IncomingMessage
    readonly oidc?: { readonly client?: Client; readonly params?: Readonly<Record<string, unknown>> }
  }

  export interface Adapter {
    upsert(id: string, payload: Record<string, unknown>, expiresIn: number): Promise<void>
    find(id: string): Promise<Record<string, unknown> | undefined>
    destroy(id: string): Promise<void>
  }

  export interface Configuration {
    readonly adapter: (model: string) => Adapter
    readonly clients: ReadonlyArray<Readonly<Record<string, unknown>>>
    readonly clientAuthMethods: ReadonlyArray<string>
    readonly clientBasedCORS: () => boolean
    readonly clientDefaults: Readonly<Record<string, unknown>>
    readonly clockTolerance: number
    readonly enabledJWA: Readonly<Record<string, ReadonlyArray<string>>>
    readonly features: {
      readonly clientCredentials: { readonly enabled: boolean }
      readonly devInteractions: { readonly enabled: boolean }
      readonly resourceIndicators: {
        readonly enabled: boolean
        readonly getResourceServerInfo: (context: Context, resource: string, client: Client) => ResourceServer
      }
    }
    readonly jwks: { readonly keys: ReadonlyArray<JsonWebKey> }
    readonly responseTypes: ReadonlyArray<string>
    readonly scopes: ReadonlyArray<string>
    readonly ttl: {
      readonly ClientCredentials: (context: Context, token: ClientCredentials, client: Client) => number
    }
  }

  export class Provider {
    constructor(issuer: string, configuration: Configuration)
    readonly ClientCredentials: { find(value: string): Promise<ClientCredentials | undefined> }
    callback(): RequestListener
    on(event: "client_credentials.saved", listener: (token: ClientCredentials) => void): this
    use(middleware: (context: Context, next: () => Promise<void>) => Promise<void>): this
  }

  export const errors: { readonly InvalidTarget: new () => Error }
}
