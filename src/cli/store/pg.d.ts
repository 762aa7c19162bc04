/** The part of `pg` that the types of the client of PostgreSQL name; the package brings no types. */
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
