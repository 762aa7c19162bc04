import * as FileSystem from "@effect/platform/FileSystem"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Settings from "effect-oauth/config"
import { ConfigFile, DotEnv, Environment } from "effect-oauth/config"
import { withVariables } from "../config/support.js"
import type { Entry } from "./lives.js"
import { Api, life, served } from "./lives.js"
import { marks } from "./marks.js"
import * as Servers from "./servers.js"
import type { Exhibit } from "./witness.js"

const secret = marks.clientSecret

const file = `providers:
  right: { type: azure, tenant_id: t, client_id: c, client_secret: "\${SECRET}" }
  wrong: { type: azure, tenant_id: t, client_id: c, client_secret: ${JSON.stringify(secret)}, cloud: ${marks.otherSecret} }
`
const right = file.replace(/^ {2}wrong.*\n/m, "")
const dotEnv = `SECRET=${JSON.stringify(secret)}\nAZURE_TENANT_ID=t\n`

/** A file system of two files, by the ends of their names. */
const files = FileSystem.layerNoop({
  stat: () => Effect.succeed(regularFile),
  readFileString: (path) => Effect.succeed(path.endsWith(".env") ? dotEnv : right)
})

const nothing = Option.none()
const regularFile: FileSystem.File.Info = {
  type: "File",
  size: FileSystem.Size(1000),
  mode: 0o600,
  dev: 0,
  ...{ mtime: nothing, atime: nothing, birthtime: nothing, ino: nothing, nlink: nothing, uid: nothing },
  ...{ gid: nothing, rdev: nothing, blksize: nothing, blocks: nothing }
}

const variables = {
  SECRET: secret,
  AZURE_TENANT_ID: "t",
  AZURE_CLIENT_ID: "c",
  AZURE_CLIENT_SECRET: secret
}

const shown = (
  effect: Effect.Effect<Exhibit, unknown, FileSystem.FileSystem | HttpClient.HttpClient | Scope.Scope>
): Entry =>
  Effect.suspend(() => served(effect, Servers.server(Servers.token, Servers.nextToken))).pipe(
    Effect.provide(files),
    withVariables(variables)
  )

const configured = <E, R>(configuration: Effect.Effect<Settings.Configuration, E, R>) =>
  Effect.gen(function* () {
    const found = yield* configuration
    const [provider] = found.providers
    if (provider === undefined) return yield* Effect.dieMessage("there is no provider")
    const { holds, shows } = yield* life(provider.make)
    return { shows: [configuration, found, ...shows], holds: [secret, ...holds] }
  })

const inLayer = <E, R>(layer: Layer.Layer<Api, E, R>) =>
  Effect.gen(function* () {
    const built = yield* Layer.build(layer)
    const { holds, shows } = yield* life(Effect.provide(Api, built))
    return { shows: [layer, built, ...shows], holds }
  })

const wellKnown = "names of variables and where to get their values"

export const config: Readonly<Record<string, Entry>> = {
  "ConfigFile.jsonSchema": "a schema",
  "ConfigFile.layer": shown(inLayer(ConfigFile.layer(Api, { path: "app.yaml", provider: "right" }))),
  "ConfigFile.parse": shown(
    Effect.gen(function* () {
      const { holds, shows } = yield* configured(ConfigFile.parse(right, { path: "app.yaml" }))
      return { shows: [...shows, yield* Effect.flip(ConfigFile.parse(file, { path: "app.yaml" }))], holds }
    })
  ),
  "ConfigFile.read": shown(configured(ConfigFile.read("app.yaml"))),
  "DotEnv.layer": shown(
    Effect.gen(function* () {
      const layer = DotEnv.layer({ path: ".env" })
      const read = yield* Effect.provide(Config.redacted("SECRET"), layer)
      return { shows: [layer, yield* Layer.build(layer), read], holds: [secret] }
    })
  ),
  "DotEnv.parse": shown(
    Effect.sync(() => {
      const wrong = DotEnv.parse(`A='${secret}\n${secret}=x`, { path: ".env" })
      return {
        shows: [DotEnv.parse(dotEnv, { path: ".env" }), Either.merge(wrong)].map((shown) =>
          Either.isEither(shown) ? shown._tag : shown
        ),
        holds: [secret]
      }
    })
  ),
  "DotEnv.read": shown(
    Effect.map(DotEnv.read(".env"), () => ({ shows: [DotEnv.read(".env")], holds: [secret] }))
  ),
  "Environment.configuration": shown(configured(Environment.configuration)),
  "Environment.configurationWith": shown(configured(Environment.configurationWith({ prefixes: ["OWN"] }))),
  "Environment.layer": shown(inLayer(Environment.layer(Api, "azure"))),
  "Environment.layerOptional": shown(inLayer(Environment.layerOptional(Api, "azure"))),
  "Environment.wellKnown": wellKnown,
  "Environment.wellKnownPrefix": wellKnown
}
