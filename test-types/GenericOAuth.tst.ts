import type * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import type * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type { TokenError } from "effect-oauth"
import { GenericOAuth, TokenProvider } from "effect-oauth"
import { describe, expect, test } from "tstyche"

class Api extends TokenProvider.Tag("app/Api")<Api>() {}

declare const text: Config.Config<string>
declare const clientSecret: Config.Config<Redacted.Redacted>

const tokenUrl = text
const issuer = text
const clientId = text

describe("what TypeScript says of a mistake in GenericOAuth.layerConfig", () => {
  test("is which option it is in", () => {
    // @ts-expect-error Types of property 'clientSecret' are incompatible.
    GenericOAuth.layerConfig(Api, { tokenUrl, clientId, clientSecret: text })
    // @ts-expect-error Types of property 'clientSecret' are incompatible.
    GenericOAuth.layerConfigOptional(Api, { issuer, clientId, clientSecret: text })
    // @ts-expect-error Types of property 'clientId' are incompatible.
    GenericOAuth.layerConfig(Api, { tokenUrl, clientId: "a-client", clientSecret })
    // @ts-expect-error Types of property 'requestFormat' are incompatible.
    GenericOAuth.layerConfig(Api, { issuer, clientId, requestFormat: text })
    // @ts-expect-error Property 'clientId' is missing in type
    GenericOAuth.layerConfig(Api, { issuer, clientSecret })
    // @ts-expect-error 'clientSecert' does not exist in type
    GenericOAuth.layerConfig(Api, { issuer, clientId, clientSecert: clientSecret })
  })

  test("is the token URL or the issuer, if it is in there", () => {
    // @ts-expect-error Types of property 'tokenUrl' are incompatible.
    GenericOAuth.layerConfig(Api, { issuer, tokenUrl, clientId })
    // @ts-expect-error Property 'issuer' is missing in type
    GenericOAuth.layerConfig(Api, { clientId, clientSecret })
  })
})

describe("GenericOAuth.ConfigOptions", () => {
  test("are what the layers take", () => {
    expect({ tokenUrl, clientId }).type.toBeAssignableTo<GenericOAuth.ConfigOptions>()
    expect({
      issuer,
      clientId,
      policy: { margin: Config.duration("MARGIN") }
    }).type.toBeAssignableTo<GenericOAuth.ConfigOptions>()
    expect<Config.Config<GenericOAuth.Options>>().type.toBeAssignableTo<GenericOAuth.ConfigOptions>()
    expect(GenericOAuth.layerConfig(Api, { tokenUrl, clientId })).type.toBe<
      Layer.Layer<Api, TokenError.InvalidConfiguration, HttpClient.HttpClient>
    >()
    expect(GenericOAuth.layerConfigOptional(Api, { tokenUrl, clientId })).type.toBe<
      Layer.Layer<Api, never, HttpClient.HttpClient>
    >()
  })

  test("are options of `Config.Wrap`, too", () => {
    expect<GenericOAuth.ConfigOptions>().type.toBeAssignableTo<Config.Config.Wrap<GenericOAuth.Options>>()
  })
})
