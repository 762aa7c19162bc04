/**
 * Doubles for tests of programs that need tokens. They are plain values, tied to no test runner.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 */
export * as Answer from "./Answer.js"

/**
 * @since 0.1.0
 */
export * as FakeAuthorizationServer from "./FakeAuthorizationServer.js"

/**
 * @since 0.1.0
 */
export * as StoreLaws from "./StoreLaws.js"

/**
 * @since 0.1.0
 */
export * as TestTokenProvider from "./TestTokenProvider.js"
