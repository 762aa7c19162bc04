/** The part of `oidc-provider` that a server with rotating refresh tokens uses beside what `oidc-provider.d.ts` tells. */
declare module "oidc-provider" {
  export interface Context {
    readonly status: number
    readonly body: unknown
  }

  export interface Grant {
    addOIDCScope(scope: string): void
    save(): Promise<string>
  }

  export interface RefreshToken {
    readonly jti: string
    readonly grantId: string
    readonly rotations: number
    save(): Promise<string>
  }

  export interface Provider {
    readonly Client: { find(id: string): Promise<Client | undefined> }
    readonly Grant: new (of: { readonly accountId: string; readonly clientId: string }) => Grant
    readonly RefreshToken: new (of: {
      readonly accountId: string
      readonly client: Client
      readonly grantId: string
      readonly gty: string
      readonly rotations: number
      readonly scope: string
    }) => RefreshToken
    on(event: "refresh_token.saved", listener: (token: RefreshToken) => void): this
  }
}
