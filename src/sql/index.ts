/**
 * Token stores and audit logs in SQLite and PostgreSQL, over the `SqlClient` of `@effect/sql`.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 */
export * as SqlAuditRecorder from "../telemetry/sql/SqlAuditRecorder.js"

/**
 * @since 0.1.0
 */
export * as SqlTokenStore from "../store/sql/SqlTokenStore.js"
