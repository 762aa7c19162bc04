/** What the types of the client of PostgreSQL name: of its driver, which brings none, and of Node, which src does without. */
declare module "pg" {
  export interface CustomTypesConfig {
    getTypeParser(id: number, format?: "text" | "binary"): (value: string) => unknown
  }

  export class Pool {
    end(): Promise<void>
  }

  class Connection {
    connect(): Promise<void>
    end(): Promise<void>
  }

  namespace pg {
    type Client = Connection
  }

  export default pg
}

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
