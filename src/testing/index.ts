/**
 * Doubles for tests of programs that need tokens. They are plain values, tied to no test runner.
 *
 * @since 0.1.0
 */

/**
 * What a {@link FakeAuthorizationServer} can be told to answer.
 *
 * @since 0.1.0
 */
export * as Answer from "./Answer.js"

/**
 * An authorization server for tests, behind an `HttpClient`: no socket, Effect's clock, and the manners of a real one.
 *
 * @since 0.1.0
 */
export * as FakeAuthorizationServer from "./FakeAuthorizationServer.js"

/**
 * The laws of token stores, for a store of one's own. They are plain values, tied to no test runner: each has a name, and
 * an effect that fails where the store does not keep it.
 *
 * @since 0.1.0
 */
export * as StoreLaws from "./StoreLaws.js"

/**
 * Providers for tests: they need no server and no network. Each is the real provider over a grant that follows a script,
 * so that the token cache, its status and its events behave as they do in production, with one difference: a flight
 * makes a single attempt, so that a failure is told at once and no test waits for a retry.
 *
 * @since 0.1.0
 */
export * as TestTokenProvider from "./TestTokenProvider.js"
