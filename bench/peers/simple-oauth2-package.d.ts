/** What is used here of a package that brings no types. */
declare module "simple-oauth2" {
  export interface AccessToken {
    readonly token: { readonly access_token: string; readonly expires_in: number }
    expired(expirationWindowSeconds?: number): boolean
  }
  export class ClientCredentials {
    constructor(options: {
      readonly client: { readonly id: string; readonly secret: string }
      readonly auth: { readonly tokenHost: string; readonly tokenPath: string }
    })
    getToken(params: Readonly<Record<string, string>>): Promise<AccessToken>
    createToken(token: Readonly<Record<string, string | number>>): AccessToken
  }
}
