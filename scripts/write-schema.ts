/** Writes the JSON Schema of the configuration file, which the package ships for editors. */
import { mkdirSync, writeFileSync } from "node:fs"
import { format, resolveConfig } from "prettier"
import { ConfigFile } from "../src/config/index.js"

const path = "schema/effect-oauth.schema.json"
const json = JSON.stringify(ConfigFile.jsonSchema())
mkdirSync("schema", { recursive: true })
writeFileSync(path, await format(json, { ...(await resolveConfig(path)), parser: "json" }))
