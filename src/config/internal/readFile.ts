/**
 * Reads the providers in the text of a file.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import type { InvalidConfiguration } from "../../token/TokenError.js"
import { ConfigurationIssue } from "../../token/TokenError.js"
import type { Data, Document, SyntaxIssue } from "./document.js"
import { File, isName } from "./fileSchema.js"
import type { Interpolated } from "./interpolate.js"
import { interpolate } from "./interpolate.js"
import type { Issue, Path } from "./issues.js"
import { distinct, isWithin, ofParseIssue, pathText } from "./issues.js"
import { loadParser } from "./parser.js"
import type { Additions } from "./presets.js"
import type { RawProvider, ProviderDefinition, Source } from "./providerDefinition.js"
import { invalid, toConfigurationIssues, defineProvider } from "./providerDefinition.js"
import type { Type } from "./settings.js"
import { secrets, types } from "./settings.js"

export interface Definitions {
  readonly definitions: ReadonlyArray<ProviderDefinition>
  readonly warnings: ReadonlyArray<string>
}

/**
 * Reads the providers of a file, or fails with every issue of it. A variable that is not set is an issue of the
 * environment: if it is the only kind of issue, the file is read, and only the providers that name the variable fail.
 */
export const readProviders = (
  text: string,
  file: string,
  additions?: Additions
): Effect.Effect<Definitions, InvalidConfiguration> =>
  Effect.gen(function* () {
    const { parse } = yield* loadParser(file)
    const document = yield* Either.mapLeft(parse(text), (syntaxIssues) => syntaxError(file, syntaxIssues))
    const interpolated = yield* interpolate(document)
    const found = findProviders(interpolated, (prefix) => sourceOf(file, document, prefix))
    const definitions = yield* Effect.forEach(found.providers, (one) => defineProvider(one, additions))
    const issues = distinct([
      ...interpolated.malformed,
      ...interpolated.missing,
      ...found.issues,
      ...definitions.flatMap(({ issues }, index) =>
        issues.map(({ expected, path }) => ({ path: [...(found.paths[index] ?? []), ...path], expected }))
      )
    ])
    const unsetVariables = new Set(interpolated.missing)
    const isOfProvider = ({ path }: Issue) => found.paths.some((prefix) => isWithin(prefix, path))
    if (issues.some((issue) => !unsetVariables.has(issue) || !isOfProvider(issue))) {
      const inOrder = [...issues].sort((a, b) => document.offsetOf(a.path) - document.offsetOf(b.path))
      return yield* invalid(file, toConfigurationIssues(sourceOf(file, document, []), inOrder))
    }
    return {
      definitions,
      warnings: found.paths.flatMap((prefix) => plainSecrets(file, document, interpolated, prefix))
    }
  })

const syntaxError = (file: string, syntaxIssues: ReadonlyArray<SyntaxIssue>): InvalidConfiguration =>
  invalid(
    file,
    syntaxIssues.map(
      ({ expected, position }) => new ConfigurationIssue({ path: `${file}:${position}`, expected })
    )
  )

/** The file as the source of the settings below a path. */
const sourceOf = (file: string, document: Document, prefix: Path): Source => ({
  name: file,
  nameOf: (path) => pathText([...prefix, ...path]) || file,
  nameInSentence: (setting) => setting,
  positionOf: (path) => ` (${file}:${document.positionOf([...prefix, ...path])})`
})

interface Found {
  readonly providers: ReadonlyArray<RawProvider>
  /** The path of each provider. */
  readonly paths: ReadonlyArray<Path>
  readonly issues: ReadonlyArray<Issue>
}

const findProviders = (interpolated: Interpolated, sourceAt: (prefix: Path) => Source): Found => {
  const { data, malformed, missing, whole } = interpolated
  const root = isRecord(data) ? data : {}
  const candidates = [...candidatesOf(root["providers"]), ...singleProvider(root["oauth2"])]
  const known = candidates.flatMap(({ name, prefix, raw, type }) =>
    isType(type) && name !== undefined && isName(name) ? [{ name, type, prefix, raw }] : []
  )
  return {
    paths: known.map(({ prefix }) => prefix),
    providers: known.map(({ name, prefix, raw, type }) => ({
      name,
      type,
      raw,
      source: sourceAt(prefix),
      issues: [...malformed, ...missing].flatMap(({ expected, path }) =>
        isWithin(prefix, path) ? [{ path: path.slice(prefix.length), expected }] : []
      )
    })),
    issues: [
      ...schemaIssues(data),
      ...schemaIssues(whole).filter(({ isUnknownKey }) => isUnknownKey),
      ...(isRecord(data) && candidates.length === 0
        ? [{ path: "providers" in data ? ["providers"] : [], expected: "at least one provider" }]
        : []),
      ...known.flatMap(({ name, prefix }, index) =>
        known.findIndex((other) => other.name === name) < index
          ? [{ path: [...prefix, "provider_name"], expected: "a name that no other provider has" }]
          : []
      )
    ]
  }
}

const schemaIssues = (data: Data): ReadonlyArray<Issue> =>
  Either.match(decode(data), { onLeft: (issue) => ofParseIssue(issue), onRight: () => [] })

const decode = ParseResult.decodeUnknownEither(File, { errors: "all", onExcessProperty: "error" })

interface Candidate {
  readonly name: string | undefined
  readonly type: Data | undefined
  readonly prefix: Path
  readonly raw: Readonly<Record<string, Data>>
}

const candidatesOf = (providers: Data | undefined): ReadonlyArray<Candidate> =>
  isRecord(providers)
    ? Object.entries(providers).map(([name, settings]) => {
        const { type, ...raw } = isRecord(settings) ? settings : {}
        return { name, type, prefix: ["providers", name], raw }
      })
    : []

const singleProvider = (settings: Data | undefined): ReadonlyArray<Candidate> => {
  if (settings === undefined) return []
  const { provider_name: name, provider_type: type, ...raw } = isRecord(settings) ? settings : {}
  return [{ name: typeof name === "string" ? name : undefined, type, prefix: ["oauth2"], raw }]
}

const isRecord = (data: Data | undefined): data is { readonly [key: string]: Data } =>
  typeof data === "object" && !Array.isArray(data)

const isType = (type: Data | undefined): type is Type => types.some((known) => known === type)

/** Warnings about secrets that the file contains in plain text. */
const plainSecrets = (
  file: string,
  document: Document,
  { isLiteralAt }: Interpolated,
  prefix: Path
): ReadonlyArray<string> =>
  secrets
    .map((setting): Path => [...prefix, setting])
    .filter(isLiteralAt)
    .map(
      (path) =>
        `${pathText(path)}: a secret in plain text (${file}:${document.positionOf(path)}); take it from a variable, as in \${NAME}`
    )
