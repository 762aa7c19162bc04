import { describe, expect, it } from "@effect/vitest"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as PlatformError from "@effect/platform/Error"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { TokenProvider } from "effect-oauth"
import { ConfigFile, DotEnv, Environment } from "effect-oauth/config"
import { recordingClient, theOnly } from "../support/recordingClient.js"
import { linesOf, withVariables } from "./support.js"

class Api extends TokenProvider.Tag("app/Api")<Api>() {}

const withFile = <A, E, R>(text: string, use: (path: string) => Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const folder = yield* files.makeTempDirectoryScoped()
    const path = (yield* Path.Path).join(folder, "app.yaml")
    yield* files.writeFileString(path, text)
    return yield* use(path)
  }).pipe(Effect.scoped, Effect.provide(NodeContext.layer))

const two = `providers:
  first: { type: zoom, account_id: a, client_id: first, client_secret: "\${SECRET}" }
  second: { type: zoom, account_id: a, client_id: second, client_secret: plain }
`

const built = (options: ConfigFile.Options) =>
  Effect.gen(function* () {
    const { layer: client, requests } = recordingClient()
    const layer = Layer.provide(ConfigFile.layer(Api, options), client)
    const api = Context.get(yield* Layer.build(layer), Api)
    yield* api.get
    return { api, request: theOnly(requests) }
  }).pipe(Effect.scoped)

describe("a file", () => {
  it.effect("is read with what it names", () =>
    withFile(two, (path) =>
      Effect.gen(function* () {
        const { providers, warnings } = yield* ConfigFile.read(path)
        expect(providers.map(({ name, source, type }) => [name, type, source])).toEqual([
          ["first", "zoom", path],
          ["second", "zoom", path]
        ])
        expect(warnings).toEqual([
          `providers.second.client_secret: a secret in plain text (${path}:3:59); take it from a variable, as in \${NAME}`
        ])
      })
    ).pipe(withVariables({ SECRET: "a" }))
  )

  it.effect("with a BOM, with CRLF, in JSON and with tabs is one as any", () =>
    Effect.gen(function* () {
      const json = JSON.stringify(
        {
          $schema: "./node_modules/effect-oauth/schema/effect-oauth.schema.json",
          providers: {
            api: {
              type: "generic",
              issuer: "https://login.example.com",
              client_id: "a",
              client_secret: "${SECRET}",
              audience: null,
              allow_loopback_http: false,
              policy: { attempts: 2, margin: 30 }
            }
          }
        },
        null,
        "\t"
      )
      for (const text of [
        `\uFEFF${two}`,
        two.replaceAll("\n", "\r\n"),
        json,
        json.replaceAll("\n", "\r\n")
      ]) {
        const { providers } = yield* withFile(text, ConfigFile.read)
        expect(providers.length).toBeGreaterThan(0)
      }
    }).pipe(withVariables({ SECRET: "a" }))
  )

  it.effect("with anchors has what they stand for", () =>
    withFile(
      `providers:
  first:
    type: zoom
    account_id: &account a
    client_id: first
    client_secret: &secret \${SECRET}
    policy: &patient { attempts: 5, margin: 1m }
  second: { type: zoom, account_id: *account, client_id: second, client_secret: *secret, policy: *patient }
`,
      (path) =>
        Effect.gen(function* () {
          const { providers, warnings } = yield* ConfigFile.read(path)
          expect(providers.map(({ settings }) => settings)).toEqual(
            ["first", "second"].map((client_id) => ({
              account_id: "a",
              client_id,
              "policy.attempts": "5",
              "policy.margin": "1m"
            }))
          )
          expect(warnings).toEqual([])
        })
    ).pipe(withVariables({ SECRET: "a" }))
  )

  it.effect("that is not there, or is a folder, or may not be read, is a typed error", () =>
    withFile("", (path) =>
      Effect.gen(function* () {
        const folder = (yield* Path.Path).dirname(path)
        const lines = (path: string) => Effect.map(Effect.flip(ConfigFile.read(path)), linesOf)
        expect(yield* lines(`${path}.none`)).toEqual([`${path}.none: a file; there is none`])
        expect(yield* lines(folder)).toEqual([`${folder}: a file; it is a directory`])
        expect(yield* lines(path)).toEqual([`${path}:1:1: providers by name, or oauth2; the file is empty`])
        const denied = new PlatformError.SystemError({
          module: "FileSystem",
          method: "stat",
          reason: "PermissionDenied",
          description: "a-secret"
        })
        expect(
          yield* lines(path).pipe(Effect.provide(FileSystem.layerNoop({ stat: () => Effect.fail(denied) })))
        ).toEqual([`${path}: a file that may be read; permission was denied`])
      })
    )
  )
})

describe("a layer from a file", () => {
  it.effect("is of one provider, by its name, and has the tag's id and what the program adds", () =>
    withFile(two, (path) =>
      Effect.gen(function* () {
        const logged: Array<unknown> = []
        const logger = Logger.replace(
          Logger.defaultLogger,
          Logger.make(({ message }) => void logged.push(message))
        )
        const { api, request } = yield* Effect.provide(
          built({ path, provider: "second", origins: ["https://other.example.com"] }),
          logger
        )
        expect(api.name).toBe("app/Api")
        expect(api.origins).toEqual(["https://other.example.com"])
        expect(Buffer.from(request.headers["authorization"]?.slice(6) ?? "", "base64").toString()).toBe(
          "second:plain"
        )
        expect(logged).toHaveLength(1)
      })
    ).pipe(withVariables({}))
  )

  it.effect("needs a name where there are several", () =>
    withFile(two, (path) =>
      Effect.gen(function* () {
        for (const options of [{ path }, { path, provider: "third" }]) {
          const error = yield* Effect.flip(built(options))
          expect(error).toMatchObject({ _tag: "InvalidConfiguration", reason: "UnknownProvider" })
          if (error._tag !== "InvalidConfiguration") continue
          expect(linesOf(error)).toEqual([`provider: one of those in ${path}: first, second`])
        }
      })
    ).pipe(withVariables({ SECRET: "a" }))
  )

  it.effect("needs none where there is one", () =>
    withFile(
      "oauth2: { provider_name: one, provider_type: azure, tenant_id: t, client_id: c, client_secret: s, scopes: [https://graph.microsoft.com/.default] }",
      (path) =>
        Effect.gen(function* () {
          const { request } = yield* built({ path })
          expect(request.url).toBe("https://login.microsoftonline.com/t/oauth2/v2.0/token")
        })
    )
  )
})

describe("a .env file", () => {
  it.effect("stands below the environment", () =>
    withFile("A=below\nB=below\nC=\n", (path) =>
      Effect.gen(function* () {
        const read = Effect.all([Config.string("A"), Config.string("B"), Config.string("C")])
        expect(yield* Effect.provide(read, DotEnv.layer({ path }))).toEqual(["above", "below", ""])
      })
    ).pipe(withVariables({ A: "above" }))
  )

  it.effect("gives what the environment has set and left empty", () =>
    withFile("A=below\nB=3\nC=x,y\n", (path) =>
      Effect.gen(function* () {
        const read = Effect.all([Config.string("A"), Config.number("B"), Config.array(Config.string(), "C")])
        expect(yield* Effect.provide(read, DotEnv.layer({ path }))).toEqual(["below", 3, ["a", "b"]])
      })
    ).pipe(withVariables({ A: "", B: "  ", C: "a,b" }))
  )

  it.effect("configures what the environment does", () =>
    withFile("AZURE_TENANT_ID=t\nAZURE_CLIENT_SECRET='s'\n", (path) =>
      Effect.gen(function* () {
        const { providers } = yield* Effect.provide(Environment.configuration, DotEnv.layer({ path }))
        const [azure] = providers
        const provider = yield* Effect.scoped(Effect.provide(azure!.make, recordingClient().layer))
        expect(provider.isConfigured).toBe(true)
      })
    ).pipe(withVariables({ AZURE_CLIENT_ID: "c" }))
  )

  it.effect("may be absent where it is optional", () =>
    withFile("", (path) =>
      Effect.gen(function* () {
        const absent = { path: `${path}.none` }
        const read = Config.withDefault(Config.string("A"), "nothing")
        expect(yield* Effect.provide(read, DotEnv.layer({ ...absent, optional: true }))).toBe("nothing")
        const error = yield* Effect.flip(Effect.provide(read, DotEnv.layer(absent)))
        expect("issues" in error && linesOf(error)).toEqual([`${absent.path}: a file; there is none`])
      })
    )
  )
})
