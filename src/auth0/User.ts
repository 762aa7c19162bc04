/**
 * Users as the Management API tells them, and what may be asked of it. Names are Auth0's own, so that its documentation
 * speaks of the same things.
 *
 * @since 0.1.0
 */
import { identity } from "effect/Function"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { nullable: true })

/** What is left out or null where there is none. */
const Metadata = Schema.optionalWith(Schema.Record({ key: Schema.String, value: Schema.Unknown }), {
  nullable: true,
  default: () => ({})
})

/** Some connections tell a number. */
const IdentityId = Schema.transform(Schema.Union(Schema.String, Schema.Number), Schema.String, {
  strict: true,
  decode: String,
  encode: identity
})

/**
 * An account at a connection that a user can log in with. The tokens that Auth0 keeps of it are not read.
 *
 * @since 0.1.0
 * @category models
 */
export class Identity extends Schema.Class<Identity>("effect-oauth/auth0/Identity")({
  connection: Schema.String,
  provider: Schema.String,
  user_id: IdentityId,
  isSocial: optional(Schema.Boolean)
}) {}

/**
 * A user. Only `user_id` is certain to be there: what else there is depends on the connection. Fields that are not listed
 * here are left aside.
 *
 * @since 0.1.0
 * @category models
 */
export class User extends Schema.Class<User>("effect-oauth/auth0/User")({
  user_id: Schema.NonEmptyString,
  email: optional(Schema.String),
  email_verified: optional(Schema.Boolean),
  username: optional(Schema.String),
  phone_number: optional(Schema.String),
  phone_verified: optional(Schema.Boolean),
  name: optional(Schema.String),
  given_name: optional(Schema.String),
  family_name: optional(Schema.String),
  nickname: optional(Schema.String),
  picture: optional(Schema.String),
  blocked: optional(Schema.Boolean),
  /** What the user may change. */
  user_metadata: Metadata,
  /** What only the application may change. */
  app_metadata: Metadata,
  identities: Schema.optionalWith(Schema.Array(Identity), { nullable: true, default: () => [] }),
  created_at: optional(Schema.DateTimeUtc),
  updated_at: optional(Schema.DateTimeUtc),
  last_login: optional(Schema.DateTimeUtc),
  logins_count: optional(Schema.Number)
}) {}

/**
 * What may be said of a user when it is created and later. Metadata are merged with what is there: by their first level
 * only, and a key that is `null` is removed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Attributes {
  readonly email?: string | undefined
  readonly email_verified?: boolean | undefined
  /** Whether Auth0 sends an email for verification. Default: it does unless `email_verified` is true. */
  readonly verify_email?: boolean | undefined
  readonly username?: string | undefined
  readonly phone_number?: string | undefined
  readonly phone_verified?: boolean | undefined
  readonly name?: string | undefined
  readonly given_name?: string | undefined
  readonly family_name?: string | undefined
  readonly nickname?: string | undefined
  readonly picture?: string | undefined
  readonly blocked?: boolean | undefined
  readonly user_metadata?: Readonly<Record<string, unknown>> | undefined
  readonly app_metadata?: Readonly<Record<string, unknown>> | undefined
  /** For database connections. */
  readonly password?: Redacted.Redacted | undefined
}

/**
 * A user to create. Which attributes it needs depends on the connection.
 *
 * @since 0.1.0
 * @category models
 */
export interface NewUser extends Attributes {
  /** The connection's name, such as `Username-Password-Authentication`. */
  readonly connection: string
  /** The id within the connection, where Auth0 is not to choose one. */
  readonly user_id?: string | undefined
}

/**
 * What shall change of a user; what is left out stays.
 *
 * @since 0.1.0
 * @category models
 */
export interface Changes extends Attributes {
  /** Which of the user's connections is meant, where it is not the first one. */
  readonly connection?: string | undefined
  /** The application on whose behalf an email or a phone number changes. */
  readonly client_id?: string | undefined
  readonly verify_phone_number?: boolean | undefined
}
