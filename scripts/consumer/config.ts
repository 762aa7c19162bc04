import * as Effect from "effect/Effect"
import { TokenProvider } from "effect-oauth"
import { ConfigFile, Environment } from "effect-oauth/config"

class Api extends TokenProvider.Tag("consumer/Api")<Api>() {}

export const ApiLive = ConfigFile.layer(Api, { path: "effect-oauth.yaml" })
export const found = Environment.configuration

const text = "providers: { api: { type: static, value: a-test-token, origins: https://api.example.com } }"
const { providers } = await Effect.runPromise(ConfigFile.parse(text, { path: "effect-oauth.yaml" }))
console.log(`a consumer's file names ${providers.map(({ name }) => name).join()}`)
