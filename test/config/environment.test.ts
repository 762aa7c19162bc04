import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as PathPatch from "effect/ConfigProviderPathPatch"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { TokenProvider } from "effect-oauth"
import { Environment } from "effect-oauth/config"
import { basicOf, formOf, recordingClient, theOnly } from "../support/recordingClient.js"
import type { Variables } from "./support.js"
import { firstRequest, linesOf, named, withVariables } from "./support.js"

class Api extends TokenProvider.Tag("app/Api")<Api>() {}

const azure = { AZURE_TENANT_ID: "a-tenant", AZURE_CLIENT_ID: "a-client", AZURE_CLIENT_SECRET: "a-secret" }
const auth0 = {
  AUTH0_DOMAIN: "example.eu.auth0.com",
  AUTH0_CLIENT_ID: "a-client",
  AUTH0_CLIENT_SECRET: "a-secret"
}
const oauth2 = {
  OAUTH2_CLIENT_ID: "a-client",
  OAUTH2_CLIENT_SECRET: "a-secret",
  OAUTH2_TOKEN_URL: "https://login.example.com/token"
}
const ownPrefix = {
  MMC_API_CLIENT_ID: "mmc",
  MMC_API_CLIENT_SECRET: "a-secret",
  MMC_API_BASE_URL: "https://api.mmc.example.com/v1/",
  MMC_API_TOKEN_PATH: "/oauth/token"
}

const configuration = (variables: Variables) => withVariables(variables)(Environment.configuration)

const namesIn = (variables: Variables) =>
  Effect.map(configuration(variables), ({ providers }) => providers.map(({ name }) => name))

const mistakesOf = (variables: Variables, name: string) =>
  Effect.gen(function* () {
    const { make } = named(yield* configuration(variables), name)
    return linesOf(yield* Effect.flip(Effect.provide(make, recordingClient().layer)))
  })

const requestOf = (variables: Variables, name: string) =>
  Effect.flatMap(configuration(variables), (found) => firstRequest(named(found, name).make))

describe("what the environment configures", () => {
  it.effect("is nothing where no variable is set, or none of a provider's own", () =>
    Effect.gen(function* () {
      expect(yield* configuration({})).toEqual({ providers: [], warnings: [] })
      expect(yield* namesIn({ AZURE_TENANT_ID: " ", AUTH0_DOMAIN: "" })).toEqual([])
      expect(yield* namesIn({ AZURE_AUTHORITY_HOST: "x", OAUTH2_ALLOW_LOOPBACK_HTTP: "true" })).toEqual([])
    })
  )

  it.effect("is every provider of which a variable is set", () =>
    Effect.gen(function* () {
      const all = { ...azure, ...auth0, ...oauth2, ...ownPrefix, OAUTH2_PREFIXES: "MMC_API, OTHER_" }
      expect(yield* namesIn(all)).toEqual(["azure", "auth0", "oauth2", "mmc_api", "other"])
      expect(yield* namesIn({ OAUTH2_SCOPE: "a" })).toEqual(["oauth2"])
      const { providers } = yield* withVariables(ownPrefix)(
        Environment.configurationWith({ prefixes: ["MMC_API"] })
      )
      expect(providers.map(({ name, source, type }) => [name, type, source])).toEqual([
        ["mmc_api", "generic", "environment"]
      ])
    })
  )

  it.effect("shows the settings that are no secret", () =>
    Effect.gen(function* () {
      const found = yield* configuration({ ...azure, ...ownPrefix, OAUTH2_PREFIXES: "MMC_API" })
      expect(named(found, "azure").settings).toEqual({
        tenant_id: "a-tenant",
        client_id: "a-client",
        scopes: "https://graph.microsoft.com/.default",
        authority: "https://login.microsoftonline.com"
      })
      expect(named(found, "mmc_api").settings).toEqual({
        client_id: "mmc",
        base_url: "https://api.mmc.example.com/v1/",
        token_path: "/oauth/token",
        token_url: "https://api.mmc.example.com/v1/oauth/token"
      })
    })
  )

  it.effect("a prefix that is none, or has a meaning already, is a warning", () =>
    Effect.gen(function* () {
      const found = yield* configuration({ ...oauth2, OAUTH2_PREFIXES: "MMC-API,AZURE,OAUTH2" })
      expect(found.providers.map(({ name }) => name)).toEqual(["oauth2"])
      expect(found.warnings).toHaveLength(1)
      expect(found.warnings[0]).toContain("OAUTH2_PREFIXES")
    })
  )

  it.scoped("a provider takes no variable of another one whose prefix begins or ends as its own", () =>
    Effect.gen(function* () {
      const prefixes = ["MMC", "MMC2", "MMC_API", "MM", "API", "MMC_API_BASE"]
      const variables = Object.fromEntries(
        prefixes.flatMap((prefix) => [
          [`${prefix}_CLIENT_ID`, `client of ${prefix}`],
          [`${prefix}_TOKEN_URL`, `https://${prefix.replaceAll("_", "-").toLowerCase()}.example.com/token`]
        ])
      )
      const found = yield* configuration({ ...variables, OAUTH2_PREFIXES: prefixes.join(",") })
      expect(found.warnings).toEqual([])
      expect(found.providers.map(({ name, settings }) => [name, settings])).toEqual(
        prefixes.map((prefix) => [
          prefix.toLowerCase(),
          {
            client_id: `client of ${prefix}`,
            token_url: `https://${prefix.replaceAll("_", "-").toLowerCase()}.example.com/token`
          }
        ])
      )
      const without = { ...variables, OAUTH2_PREFIXES: prefixes.join(","), MMC_CLIENT_ID: "" }
      expect(yield* mistakesOf(without, "mmc")).toEqual([
        "MMC_CLIENT_ID: a value; it is not set",
        "MMC_CLIENT_SECRET: a value; it is not set"
      ])
    })
  )

  it.effect("no two providers have one name", () =>
    Effect.gen(function* () {
      const found = yield* configuration({ ...oauth2, OAUTH2_PREFIXES: "oauth2,azure,MMC,mmc" })
      expect(found.providers.map(({ name }) => name)).toEqual(["oauth2", "mmc"])
      expect(found.warnings).toHaveLength(2)
    })
  )
})

describe("what is missing is named as the variable that it is", () => {
  const cases: Readonly<Record<string, readonly [Variables, string, ReadonlyArray<string>]>> = {
    "of Microsoft Entra ID": [
      { AZURE_TENANT_ID: "a-tenant" },
      "azure",
      ["AZURE_CLIENT_ID: a value; it is not set", "AZURE_CLIENT_SECRET: a value; it is not set"]
    ],
    "of Auth0": [
      { ...auth0, AUTH0_CLIENT_SECRET: " ", AUTH0_DOMAIN: "https://example.eu.auth0.com" },
      "auth0",
      [
        "AUTH0_CLIENT_SECRET: a value; it is not set",
        "AUTH0_DOMAIN: a host name without scheme and path, such as tenant.example.com"
      ]
    ],
    "of any server": [
      { OAUTH2_CLIENT_ID: "a-client" },
      "oauth2",
      [
        "OAUTH2_TOKEN_URL: a value, or OAUTH2_ISSUER, or OAUTH2_BASE_URL and OAUTH2_TOKEN_PATH; none of them is set",
        "OAUTH2_CLIENT_SECRET: a value; it is not set"
      ]
    ],
    "of a prefix of one's own": [
      { ...ownPrefix, MMC_API_TOKEN_PATH: "", OAUTH2_PREFIXES: "MMC_API" },
      "mmc_api",
      ["MMC_API_TOKEN_PATH: a value, or MMC_API_TOKEN_URL or MMC_API_ISSUER; none of them is set"]
    ],
    "of a prefix that nothing else is set of": [
      { OAUTH2_PREFIXES: "MMC_API" },
      "mmc_api",
      [
        "MMC_API_CLIENT_ID: a value; it is not set",
        "MMC_API_TOKEN_URL: a value, or MMC_API_ISSUER, or MMC_API_BASE_URL and MMC_API_TOKEN_PATH; none of them is set",
        "MMC_API_CLIENT_SECRET: a value; it is not set"
      ]
    ],
    "http without the opt-in": [
      { ...ownPrefix, MMC_API_BASE_URL: "http://127.0.0.1:8080", OAUTH2_PREFIXES: "MMC_API" },
      "mmc_api",
      ["MMC_API_BASE_URL: an https URL, or OAUTH2_ALLOW_LOOPBACK_HTTP for http on a loopback address"]
    ],
    "an opt-in that is none": [
      { ...oauth2, OAUTH2_ALLOW_LOOPBACK_HTTP: "maybe" },
      "oauth2",
      ["OAUTH2_ALLOW_LOOPBACK_HTTP: true or false"]
    ],
    "scopes by their other name, origins by their place": [
      { ...azure, AZURE_SCOPES: "a b", AZURE_ORIGINS: "https://a.example.com nothing" },
      "azure",
      ["AZURE_ORIGINS[1]: an origin, such as https://api.example.com"]
    ]
  }

  for (const [what, [variables, name, expected]] of Object.entries(cases)) {
    it.scoped(what, () =>
      Effect.gen(function* () {
        expect(yield* mistakesOf(variables, name)).toEqual(expected)
      })
    )
  }

  it.scoped("a source that is away is no variable that is missing", () =>
    Effect.gen(function* () {
      const away = Effect.fail(ConfigError.SourceUnavailable([], "a-secret", Cause.empty))
      const broken = ConfigProvider.fromFlat(
        ConfigProvider.makeFlat({ load: () => away, enumerateChildren: () => away, patch: PathPatch.empty })
      )
      const { providers } = yield* Effect.withConfigProvider(Environment.configuration, broken)
      expect(providers.map(({ name }) => name)).toEqual(["azure", "auth0", "oauth2"])
      const { make } = named({ providers, warnings: [] }, "azure")
      const error = yield* Effect.flip(Effect.provide(make, recordingClient().layer))
      expect(error.reason).toBe("Malformed")
      expect(linesOf(error)[0]).toBe("AZURE_TENANT_ID: a variable that can be read")
    })
  )
})

describe("variables reach the wire", () => {
  it.scoped("those of Microsoft Entra ID", () =>
    Effect.gen(function* () {
      const { provider, request } = yield* requestOf(
        { ...azure, AZURE_CLIENT_SECRET: " a-secret\n" },
        "azure"
      )
      expect(request.url).toBe("https://login.microsoftonline.com/a-tenant/oauth2/v2.0/token")
      expect(formOf(request)).toEqual({
        grant_type: "client_credentials",
        scope: "https://graph.microsoft.com/.default",
        client_id: "a-client",
        client_secret: "a-secret"
      })
      expect(provider.origins).toEqual(["https://graph.microsoft.com"])
    })
  )

  it.scoped("another of Microsoft's clouds has a Microsoft Graph of its own", () =>
    Effect.gen(function* () {
      for (const host of ["login.microsoftonline.us", "https://login.microsoftonline.us/"]) {
        const { request } = yield* requestOf({ ...azure, AZURE_AUTHORITY_HOST: host }, "azure")
        expect(request.url).toBe("https://login.microsoftonline.us/a-tenant/oauth2/v2.0/token")
        expect(formOf(request)["scope"]).toBe("https://graph.microsoft.us/.default")
      }
      expect(yield* mistakesOf({ ...azure, AZURE_AUTHORITY_HOST: "login.example.com" }, "azure")).toEqual([
        "AZURE_SCOPE: a resource and /.default, as in https://graph.microsoft.com/.default"
      ])
    })
  )

  it.scoped("those of Auth0", () =>
    Effect.gen(function* () {
      const audience = "https://orders.example.com"
      const { provider, request } = yield* requestOf(
        { ...auth0, AUTH0_AUDIENCE: audience, AUTH0_SCOPE: "read write", AUTH0_ORIGINS: audience },
        "auth0"
      )
      expect(request.url).toBe("https://example.eu.auth0.com/oauth/token")
      expect(JSON.parse(request.body)).toEqual({
        grant_type: "client_credentials",
        audience,
        scope: "read write",
        client_id: "a-client",
        client_secret: "a-secret"
      })
      expect(provider.origins).toEqual([audience])
    })
  )

  it.scoped("those of any server", () =>
    Effect.gen(function* () {
      const { request } = yield* requestOf(
        { ...oauth2, OAUTH2_SCOPE: "a  b", OAUTH2_AUDIENCE: "an-api" },
        "oauth2"
      )
      expect(request.url).toBe("https://login.example.com/token")
      expect(basicOf(request)).toBe("a-client:a-secret")
      expect(formOf(request)).toEqual({ grant_type: "client_credentials", scope: "a b", audience: "an-api" })
      const post = { ...oauth2, OAUTH2_CLIENT_AUTHENTICATION: "client_secret_post" }
      expect(formOf((yield* requestOf(post, "oauth2")).request)["client_secret"]).toBe("a-secret")
      const open = {
        OAUTH2_CLIENT_ID: "a-client",
        OAUTH2_TOKEN_URL: "https://login.example.com/token",
        OAUTH2_CLIENT_AUTHENTICATION: "none"
      }
      expect(formOf((yield* requestOf(open, "oauth2")).request)["client_id"]).toBe("a-client")
    })
  )

  it.scoped("those of a prefix, whose base URL is where the token may be sent, too", () =>
    Effect.gen(function* () {
      const found = { ...ownPrefix, OAUTH2_PREFIXES: "MMC_API" }
      const { provider, request } = yield* requestOf(found, "mmc_api")
      expect(request.url).toBe("https://api.mmc.example.com/v1/oauth/token")
      expect(provider.origins).toEqual(["https://api.mmc.example.com"])
      const elsewhere = { ...found, MMC_API_TOKEN_PATH: "", MMC_API_TOKEN_URL: "https://login.example.com/t" }
      const other = yield* requestOf(elsewhere, "mmc_api")
      expect(other.request.url).toBe("https://login.example.com/t")
      expect(other.provider.origins).toEqual(["https://api.mmc.example.com"])
    })
  )

  it.scoped("S3 http on loopback with the opt-in, and nowhere else", () =>
    Effect.gen(function* () {
      const optedIn = { ...oauth2, OAUTH2_ALLOW_LOOPBACK_HTTP: "true" }
      const { request } = yield* requestOf(
        { ...optedIn, OAUTH2_TOKEN_URL: "http://127.0.0.1:8080/t" },
        "oauth2"
      )
      expect(request.url).toBe("http://127.0.0.1:8080/t")
      expect(yield* mistakesOf({ ...optedIn, OAUTH2_TOKEN_URL: "http://10.0.0.1/t" }, "oauth2")).toEqual([
        "OAUTH2_TOKEN_URL: an https URL (http is for 127.0.0.1 and [::1] only, with OAUTH2_ALLOW_LOOPBACK_HTTP)"
      ])
    })
  )
})

describe("a layer from the environment", () => {
  const ask = (layer: ReturnType<typeof Environment.layer<Api>>, variables: Variables) =>
    Effect.gen(function* () {
      const { layer: client, requests } = recordingClient()
      const api = Context.get(yield* Layer.build(Layer.provide(layer, client)), Api)
      yield* api.get
      return { api, request: theOnly(requests) }
    }).pipe(withVariables(variables))

  it.scoped("has the tag's id for a name, and what the program adds", () =>
    Effect.gen(function* () {
      const { api, request } = yield* ask(
        Environment.layer(Api, { prefix: "MMC_API" }, { origins: ["https://other.example.com"] }),
        ownPrefix
      )
      expect(api.name).toBe("app/Api")
      expect(api.origins).toEqual(["https://other.example.com"])
      expect(request.url).toBe("https://api.mmc.example.com/v1/oauth/token")
      expect((yield* ask(Environment.layer(Api, "azure"), azure)).api.isConfigured).toBe(true)
      expect((yield* ask(Environment.layer(Api, "auth0"), auth0)).api.isConfigured).toBe(true)
      expect((yield* ask(Environment.layer(Api, "oauth2"), oauth2)).api.isConfigured).toBe(true)
    })
  )

  it.scoped("fails with every variable that is missing", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ask(Environment.layer(Api, "azure"), {}))
      expect(error._tag).toBe("InvalidConfiguration")
      expect(error.provider).toBe("app/Api")
      if (error._tag !== "InvalidConfiguration") return
      expect(error.reason).toBe("Missing")
      expect(error.issues.map(({ path }) => path)).toEqual([
        "AZURE_TENANT_ID",
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET"
      ])
    })
  )

  it.scoped("or boots without them", () =>
    Effect.gen(function* () {
      const { layer: client, requests } = recordingClient()
      const layer = Environment.layerOptional(Api, "azure")
      const api = Context.get(yield* Layer.build(Layer.provide(layer, client)), Api)
      expect(api.isConfigured).toBe(false)
      expect((yield* Effect.flip(api.get))._tag).toBe("InvalidConfiguration")
      expect(requests).toEqual([])
    }).pipe(withVariables({}))
  )
})

describe("what is well known", () => {
  it.scoped("the variables that are required are those that are missed", () =>
    Effect.gen(function* () {
      for (const { name, variables } of Environment.wellKnown) {
        const source = name === "azure" || name === "auth0" ? name : "oauth2"
        const layer = Layer.provide(Environment.layer(Api, source), recordingClient().layer)
        const error = yield* Effect.flip(Layer.build(layer)).pipe(withVariables({}))
        const required = variables.flatMap(({ name, necessity }) => (necessity === "required" ? [name] : []))
        expect(error.issues.map(({ path }) => path)).toEqual(expect.arrayContaining(required))
      }
    })
  )

  it("a prefix has the variables of any server, by its own name", () => {
    const { variables } = Environment.wellKnownPrefix("MMC_API")
    expect(variables.map(({ name }) => name)).toEqual(
      Environment.wellKnown[2]?.variables.map(({ name }) => name.replace("OAUTH2", "MMC_API"))
    )
  })
})
