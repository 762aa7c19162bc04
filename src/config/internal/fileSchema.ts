/**
 * The schema of the file: it decodes it, and editors complete by the JSON Schema that is made of it.
 */
import * as Schema from "effect/Schema"
import type { Type } from "./settings.js"
import { fields, optional } from "./settings.js"
import * as Value from "./values.js"

const { described } = Value

const nameExpected = "a name of letters, digits, and . _ - /"
const namePattern = /^[A-Za-z0-9][\w./-]*$/

/** Whether a text can be the name of a provider. */
export const isName = (text: string): boolean => namePattern.test(text)

/** A provider's name stands in errors, logs and commands. */
const providerName = Schema.String.pipe(Schema.pattern(namePattern)).annotations({
  [Value.Expected]: nameExpected,
  jsonSchema: { type: "string", pattern: namePattern.source }
})

const titles: { readonly [T in Type]: string } = {
  azure: "Microsoft Entra ID (Azure AD)",
  auth0: "Auth0",
  okta: "Okta",
  generic: "Any authorization server",
  apigee: "Apigee, and gateways like it",
  zoom: "Zoom, server-to-server",
  static: "A fixed token or API key"
}

const ofType = <const T extends Type, F extends Schema.Struct.Fields>(type: T, fields: F) =>
  Schema.Struct({ type: described(Value.oneOf(type), "The type of the provider."), ...fields }).annotations({
    identifier: `Provider.${type}`,
    title: titles[type]
  })

const alone = <const T extends Type, F extends Schema.Struct.Fields>(type: T, fields: F) =>
  Schema.Struct({
    provider_name: described(providerName, "The provider's name."),
    provider_type: described(Value.oneOf(type), "The type of the provider."),
    ...fields
  }).annotations({ identifier: `OneProvider.${type}`, title: titles[type] })

const Provider = Schema.Union(
  ofType("azure", fields.azure),
  ofType("auth0", fields.auth0),
  ofType("okta", fields.okta),
  ofType("generic", fields.generic),
  ofType("apigee", fields.apigee),
  ofType("zoom", fields.zoom),
  ofType("static", fields.static)
).annotations({ [Value.Expected]: "a type and its settings" })

const OneProvider = Schema.Union(
  alone("azure", fields.azure),
  alone("auth0", fields.auth0),
  alone("okta", fields.okta),
  alone("generic", fields.generic),
  alone("apigee", fields.apigee),
  alone("zoom", fields.zoom),
  alone("static", fields.static)
).annotations({ [Value.Expected]: "provider_name, provider_type and the type's settings" })

/** The file. */
export const File = Schema.Struct({
  $schema: optional(Schema.String),
  providers: optional(
    Schema.Record({ key: providerName, value: Provider }).annotations({
      [Value.Expected]: "providers by name",
      [Value.ExpectedKey]: nameExpected,
      description: "Providers by name."
    })
  ),
  oauth2: optional(OneProvider.annotations({ description: "One provider." }))
}).annotations({
  [Value.Expected]: "providers by name, or oauth2",
  title: "effect-oauth",
  description:
    "The providers of an application. ${NAME} and ${NAME:-default} stand for variables of the environment."
})
