/**
 * Defines a provider by its raw settings, from a file or the environment, and collects every issue with them. Issues name
 * settings as their source does: by path in a file, by variable in the environment.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as OriginList from "../../http/OriginList.js"
import { ConfigurationIssue, InvalidConfiguration } from "../../token/TokenError.js"
import type { TokenProvider } from "../../TokenProvider.js"
import type { ConfiguredProvider } from "../ConfiguredProvider.js"
import type { Raw } from "./settings.js"
import { decoders } from "./settings.js"
import type { Issue, Path } from "./issues.js"
import { distinct } from "./issues.js"
import type { Additions, Preset } from "./presets.js"
import { presets } from "./presets.js"
import type { Type } from "./settings.js"

/** Where settings were read from: their full name there, their name within a sentence, and their position. */
export interface Source {
  readonly name: string
  readonly nameOf: (path: Path) => string
  readonly nameInSentence: (setting: string) => string
  readonly positionOf: (path: Path) => string
}

/** The settings of a provider as they were read, with the issues that reading found. */
export interface RawProvider<T extends Type = Type> {
  readonly name: string
  readonly type: T
  readonly raw: Raw
  readonly issues: ReadonlyArray<Issue>
  readonly source: Source
}

/** A provider that can be made under its own name or another. */
export interface ProviderDefinition extends Omit<ConfiguredProvider, "make"> {
  readonly issues: ReadonlyArray<Issue>
  readonly make: (
    name: string
  ) => Effect.Effect<TokenProvider, InvalidConfiguration, HttpClient.HttpClient | Scope.Scope>
}

export const defineProvider = <T extends Type>(
  provider: RawProvider<T>,
  additions: Additions = {}
): Effect.Effect<ProviderDefinition> =>
  Effect.gen(function* () {
    const { name, raw, source, type } = provider
    const decoded = decoders[type](raw)
    const preset = presets[type](decoded.settings, additions)
    const refused = yield* presetIssues(preset, name)
    const issues = distinct([
      ...provider.issues,
      ...decoded.issues,
      ...preset.issues,
      ...originIssues({ ...decoded.settings, ...additions }),
      ...refused
    ])
    const reported = toConfigurationIssues(source, issues)
    const faulty = new Set(issues.map(({ path }) => path[0]))
    const displayed = {
      ...displaySettings(decoded.settings),
      ...(issues.length === 0 ? preset.displayed : {})
    }
    return {
      name,
      type,
      source: source.name,
      settings: Object.fromEntries(
        Object.entries(displayed).filter(([setting]) => !faulty.has(setting.split(".")[0] ?? setting))
      ),
      issues,
      make: (name) => (reported.length === 0 ? preset.make(name) : Effect.fail(invalid(name, reported)))
    }
  })

/** The issues that the preset itself finds. Making a provider sends no request, so it is made once to find out. */
const presetIssues = (preset: Preset, name: string): Effect.Effect<ReadonlyArray<Issue>> =>
  preset.make(name).pipe(
    Effect.match({
      onFailure: ({ issues }) => issues.map((issue) => toFileIssue(preset.names, issue)),
      onSuccess: () => []
    }),
    Effect.scoped,
    Effect.provideService(
      HttpClient.HttpClient,
      HttpClient.make(() => Effect.never)
    )
  )

/** Presets name settings by their options, in camel case. */
const toFileIssue = (names: Preset["names"], { expected, path }: ConfigurationIssue): Issue => {
  const [option = "", ...rest] = path.split(".")
  return {
    path: [names[option] ?? snakeCase(option), ...(option === "policy" ? rest.map(snakeCase) : rest)],
    expected: inBraces(expected)
  }
}

const originIssues = (settings: {
  readonly origins?: ReadonlyArray<string> | undefined
  readonly allow_loopback_http?: boolean
}): ReadonlyArray<Issue> =>
  settings.origins === undefined
    ? []
    : Either.match(OriginList.make(settings.origins, settings.allow_loopback_http ?? false), {
        onLeft: (issues) =>
          issues.map(({ expected, path }) => ({
            path: ["origins", ...[...path.matchAll(/\d+/g)].map(([place]) => Number(place))],
            expected: inBraces(expected)
          })),
        onRight: () => []
      })

const inBraces = (expected: string): string =>
  expected.replace(/\b[a-z]+(?:[A-Z][a-z]+)+\b/g, (option) => `{${snakeCase(option)}}`)

const snakeCase = (option: string): string => option.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** Issues by the names of their source. */
export const toConfigurationIssues = (
  source: Source,
  issues: ReadonlyArray<Issue>
): ReadonlyArray<ConfigurationIssue> =>
  issues.map(
    ({ expected, path }) =>
      new ConfigurationIssue({
        path: source.nameOf(path),
        expected:
          expected.replace(/\{([a-z_]+)\}/g, (_, setting: string) => source.nameInSentence(setting)) +
          source.positionOf(path)
      })
  )

/** One error with all issues. */
export const invalid = (provider: string, issues: ReadonlyArray<ConfigurationIssue>): InvalidConfiguration =>
  new InvalidConfiguration({
    provider,
    reason: issues.every(({ expected }) => /^a value[;,]/.test(expected)) ? "Missing" : "Malformed",
    issues
  })

/** The public part of a definition. */
export const configured = (definition: ProviderDefinition): ConfiguredProvider => ({
  name: definition.name,
  type: definition.type,
  source: definition.source,
  settings: definition.settings,
  make: definition.make(definition.name)
})

/** Settings as text, without the secret ones. Parameters are listed by name only, since their values may be secret. */
const displaySettings = (settings: object): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(settings).flatMap(([name, value]) => displayLines(name, value)))

const displayLines = (name: string, value: unknown): ReadonlyArray<readonly [string, string]> => {
  if (value === undefined || Redacted.isRedacted(value)) return []
  if (name === "parameters") return [[name, Object.keys(value as object).join(" ")]]
  if (Duration.isDuration(value)) return [[name, Duration.format(value)]]
  if (Array.isArray(value)) return [[name, value.map((member) => withoutSecrets(String(member))).join(" ")]]
  if (Predicate.isRecord(value)) {
    return Object.entries(value).flatMap(([member, value]) => displayLines(`${name}.${member}`, value))
  }
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? [[name, withoutSecrets(String(value))]]
    : []
}

/** A URL without user info, query and fragment, which may contain secrets. */
const withoutSecrets = (text: string): string =>
  /^\w+:\/\//.test(text) ? text.replace(/\/\/.*@/s, "//").replace(/[?#].*/s, "") : text
