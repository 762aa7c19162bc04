/**
 * A credential that does not change: a fixed bearer token, or an API key.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { CacheStore } from "../cache/CacheStore.js"
import { bearer } from "../token/AccessToken.js"
import * as TokenProvider from "../TokenProvider.js"
import { Issues } from "./internal/settings.js"
import { staticGrant } from "./internal/staticGrant.js"

/**
 * The credential, and how a request carries it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The token or key alone, without a scheme. */
  readonly value: Redacted.Redacted
  /** The origins that it may be sent to; `https://*.example.com` is one too. */
  readonly origins?: ReadonlyArray<string> | undefined
  /**
   * The header that carries it. Default: `"authorization"`. Whoever logs the provider's `headers` adds any other than that
   * and `x-api-key` to `Headers.currentRedactedNames` of `@effect/platform` first.
   */
  readonly header?: string | undefined
  /** What stands before it, or `""` for nothing. Default: `"Bearer"` in `authorization`, nothing in another header. */
  readonly scheme?: string | undefined
}

/**
 * A provider that asks nobody: it needs no `HttpClient`, and its token does not expire.
 *
 * Fails with `InvalidConfiguration`, which names every setting that is wrong.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: TokenProvider.Make<Options, never> = (name, options) => {
  const issues = new Issues(name)
  const header = (options.header ?? bearer.header).toLowerCase()
  const scheme = options.scheme ?? (header === bearer.header ? bearer.scheme : undefined)
  if (!token.test(header)) issues.add("header", "a header's name")
  if (scheme !== undefined && scheme !== "" && !token.test(scheme))
    issues.add("scheme", "a scheme, such as Bearer")
  const value = Redacted.value(issues.secret("value", options.value)).trim()
  if (scheme === bearer.scheme && /\s/.test(value))
    issues.add("value", "a token alone, without scheme and spaces")
  else if (value !== "" && !fieldValue.test(value))
    issues.add("value", "visible ASCII, as it stands in a header")
  const presentation = { header, scheme: scheme === "" ? undefined : scheme }
  return Effect.zipRight(
    issues.check,
    // whoever changes the value means the new one: what a store kept of the old one would be found for ever
    TokenProvider.make({
      name,
      grant: staticGrant(options.value, presentation),
      origins: options.origins
    }).pipe(Effect.provideService(CacheStore, Option.none()))
  )
}

// RFC 9110 §5.6.2 and §5.5, without what is obsolete
const token = /^[\w!#$%&'*+.^`|~-]+$/
const fieldValue = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/

const layers = TokenProvider.layersOf(make)

/**
 * A layer from settings; the provider's name is the tag's id.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = layers.layer

/**
 * A layer from `Config`. Fails with `InvalidConfiguration`, which names every missing key.
 *
 * @example
 * ```ts
 * import { StaticToken, TokenProvider } from "effect-oauth"
 * import * as Config from "effect/Config"
 *
 * class Weather extends TokenProvider.Tag("app/Weather")<Weather>() {}
 *
 * const WeatherLive = StaticToken.layerConfig(Weather, {
 *   value: Config.redacted("WEATHER_API_KEY"),
 *   header: Config.succeed("x-api-key"),
 *   origins: Config.succeed(["https://weather.example.com"])
 * })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = layers.layerConfig

/**
 * A layer from `Config` with which the application boots even when settings are missing: `isConfigured` is false then,
 * and `get` fails with the `InvalidConfiguration` that {@link layerConfig} would have failed with.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfigOptional = layers.layerConfigOptional
