/**
 * Token stores and audit logs in SQLite and PostgreSQL, over the `SqlClient` of `@effect/sql`.
 *
 * @since 0.1.0
 */

/**
 * An audit log in SQLite or PostgreSQL: the table `oauth_events`.
 *
 * @since 0.1.0
 */
export * as SqlAuditRecorder from "./SqlAuditRecorder.js"

/**
 * A token store in SQLite or PostgreSQL, for any number of processes.
 *
 * @since 0.1.0
 */
export * as SqlTokenStore from "./SqlTokenStore.js"
