import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import type { Migrations } from "./migrate.js"

/** Instants are milliseconds since 1970: both databases have those, and neither rounds them. */
export const tokenTables: Migrations = {
  // a record that was removed stays without content, so that its key's version goes on counting
  "1_tokens": Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql`create table oauth_tokens (
      id text not null primary key,
      provider text not null,
      tenant text,
      version bigint not null,
      content text,
      expires_at bigint,
      presented_at bigint,
      saved_at bigint not null
    )`
  ),
  "2_leases": Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql`create table oauth_leases (
      id text not null primary key,
      holder text not null,
      fence bigint not null,
      ends_at bigint not null
    )`
  )
}
