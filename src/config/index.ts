/**
 * Settings from where settings live: the environment, a file, a `.env` file.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 */
export * as ConfigFile from "./ConfigFile.js"

/**
 * @since 0.1.0
 */
export type { Configuration, ConfiguredProvider } from "./ConfiguredProvider.js"

/**
 * @since 0.1.0
 */
export * as DotEnv from "./DotEnv.js"

/**
 * @since 0.1.0
 */
export * as Environment from "./Environment.js"
