/**
 * From one provider's settings, wherever they stood, to the provider: with everything that is wrong with them, in the
 * words of where they stood.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import * as OriginList from "../../http/OriginList.js"
import { ConfigurationIssue, InvalidConfiguration } from "../../token/TokenError.js"
import type { TokenProvider } from "../../TokenProvider.js"
import type { ConfiguredProvider } from "../ConfiguredProvider.js"
import type { Raw } from "./decode.js"
import { decoders } from "./decode.js"
import type { Mistake, Path } from "./mistakes.js"
import { distinct } from "./mistakes.js"
import type { Additions, Preset } from "./presets.js"
import { presets } from "./presets.js"
import type { Type } from "./settings.js"
import { shown } from "./shown.js"

/** Where settings stand: what they are called there, in full and within a sentence, and where exactly they are. */
export interface Source {
  readonly name: string
  readonly nameOf: (path: Path) => string
  readonly wordFor: (setting: string) => string
  readonly placeOf: (path: Path) => string
}

/** Settings of a provider as they were found, with what is already known to be wrong with them. */
export interface Findings<T extends Type = Type> {
  readonly name: string
  readonly type: T
  readonly raw: Raw
  readonly mistakes: ReadonlyArray<Mistake>
  readonly source: Source
}

/** A provider to be made, under its own name or another. */
export interface Recipe extends Omit<ConfiguredProvider, "make"> {
  readonly mistakes: ReadonlyArray<Mistake>
  readonly make: (
    name: string
  ) => Effect.Effect<TokenProvider, InvalidConfiguration, HttpClient.HttpClient | Scope.Scope>
}

export const recipe = <T extends Type>(
  findings: Findings<T>,
  additions: Additions = {}
): Effect.Effect<Recipe> =>
  Effect.gen(function* () {
    const { name, raw, source, type } = findings
    const decoded = decoders[type](raw)
    const preset = presets[type](decoded.settings, additions)
    const refused = yield* trial(preset, name)
    const mistakes = distinct([
      ...findings.mistakes,
      ...decoded.mistakes,
      ...preset.mistakes,
      ...ofOrigins({ ...decoded.settings, ...additions }),
      ...refused
    ])
    const issues = issuesOf(source, mistakes)
    const wrong = new Set(mistakes.map(({ path }) => path[0]))
    const readable = { ...shown(decoded.settings), ...(mistakes.length === 0 ? preset.shown : {}) }
    return {
      name,
      type,
      source: source.name,
      settings: Object.fromEntries(
        Object.entries(readable).filter(([setting]) => !wrong.has(setting.split(".")[0] ?? setting))
      ),
      mistakes,
      make: (name) => (issues.length === 0 ? preset.make(name) : Effect.fail(invalid(name, issues)))
    }
  })

/** What the preset refuses. Making a provider sends nothing, so that it can be tried. */
const trial = (preset: Preset, name: string): Effect.Effect<ReadonlyArray<Mistake>> =>
  preset.make(name).pipe(
    Effect.match({
      onFailure: ({ issues }) => issues.map((issue) => ofIssue(preset.names, issue)),
      onSuccess: () => []
    }),
    Effect.scoped,
    Effect.provideService(
      HttpClient.HttpClient,
      HttpClient.make(() => Effect.never)
    )
  )

/** The presets call settings by the names of their options. */
const ofIssue = (names: Preset["names"], { expected, path }: ConfigurationIssue): Mistake => {
  const [option = "", ...rest] = path.split(".")
  return {
    path: [names[option] ?? snakeCase(option), ...(option === "policy" ? rest.map(snakeCase) : rest)],
    expected: inBraces(expected)
  }
}

const ofOrigins = (settings: {
  readonly origins?: ReadonlyArray<string> | undefined
  readonly allow_loopback_http?: boolean
}): ReadonlyArray<Mistake> =>
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

/** Mistakes in the words of the source. */
export const issuesOf = (
  source: Source,
  mistakes: ReadonlyArray<Mistake>
): ReadonlyArray<ConfigurationIssue> =>
  mistakes.map(
    ({ expected, path }) =>
      new ConfigurationIssue({
        path: source.nameOf(path),
        expected:
          expected.replace(/\{([a-z_]+)\}/g, (_, setting: string) => source.wordFor(setting)) +
          source.placeOf(path)
      })
  )

/** One error of all issues. */
export const invalid = (provider: string, issues: ReadonlyArray<ConfigurationIssue>): InvalidConfiguration =>
  new InvalidConfiguration({
    provider,
    reason: issues.every(({ expected }) => /^a value[;,]/.test(expected)) ? "Missing" : "Malformed",
    issues
  })

/** What users see of it. */
export const configured = (recipe: Recipe): ConfiguredProvider => ({
  name: recipe.name,
  type: recipe.type,
  source: recipe.source,
  settings: recipe.settings,
  make: recipe.make(recipe.name)
})
