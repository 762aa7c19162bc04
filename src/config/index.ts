/**
 * Settings from where settings live: the environment, a file, a `.env` file.
 *
 * @since 0.1.0
 */

/**
 * Providers from a file, in YAML or JSON.
 *
 * @since 0.1.0
 */
export * as ConfigFile from "./ConfigFile.js"

/**
 * What configuration comes to: providers by name, from wherever their settings were found.
 *
 * @since 0.1.0
 */
export type { Configuration, ConfiguredProvider } from "./ConfiguredProvider.js"

/**
 * Variables from a `.env` file, below the real environment.
 *
 * @since 0.1.0
 */
export * as DotEnv from "./DotEnv.js"

/**
 * Providers from variables of the environment, through Effect's `ConfigProvider`: whatever else stands behind that, such as
 * a `.env` file or a vault, does as well.
 *
 * @since 0.1.0
 */
export * as Environment from "./Environment.js"
