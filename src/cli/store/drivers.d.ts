/** What the types of the client of PostgreSQL name of Node, which src does without. */
declare module "node:stream" {
  export interface Duplex {
    readonly destroyed: boolean
  }
}

declare module "node:tls" {
  export interface ConnectionOptions {
    readonly servername?: string | undefined
  }
}
