/**
 * From the text of a file to the providers in it.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import type { InvalidConfiguration } from "../../token/TokenError.js"
import { ConfigurationIssue } from "../../token/TokenError.js"
import type { Data, Document, Misprint } from "./document.js"
import { File, isName } from "./fileSchema.js"
import type { Interpolated } from "./interpolate.js"
import { interpolate } from "./interpolate.js"
import type { Mistake, Path } from "./mistakes.js"
import { distinct, isWithin, ofParseIssue, pathText } from "./mistakes.js"
import { loadParser } from "./parser.js"
import type { Additions } from "./presets.js"
import type { Findings, Recipe, Source } from "./recipe.js"
import { invalid, issuesOf, recipe } from "./recipe.js"
import type { Type } from "./settings.js"
import { secrets, types } from "./settings.js"

export interface Recipes {
  readonly recipes: ReadonlyArray<Recipe>
  readonly warnings: ReadonlyArray<string>
}

/**
 * The providers of a file, or everything that is wrong with it. A variable that is not set is wrong with the environment
 * and not with the file: unless there is more, it concerns those providers alone that name it.
 */
export const readProviders = (
  text: string,
  file: string,
  additions?: Additions
): Effect.Effect<Recipes, InvalidConfiguration> =>
  Effect.gen(function* () {
    const { parse } = yield* loadParser(file)
    const document = yield* Either.mapLeft(parse(text), (misprints) => misprinted(file, misprints))
    const interpolated = yield* interpolate(document)
    const found = findingsOf(interpolated, (place) => sourceOf(file, document, place))
    const recipes = yield* Effect.forEach(found.findings, (one) => recipe(one, additions))
    const mistakes = distinct([
      ...interpolated.malformed,
      ...interpolated.missing,
      ...found.mistakes,
      ...recipes.flatMap(({ mistakes }, index) =>
        mistakes.map(({ expected, path }) => ({ path: [...(found.places[index] ?? []), ...path], expected }))
      )
    ])
    const ofEnvironment = new Set(interpolated.missing)
    const isOfProvider = ({ path }: Mistake) => found.places.some((place) => isWithin(place, path))
    if (mistakes.some((mistake) => !ofEnvironment.has(mistake) || !isOfProvider(mistake))) {
      const inOrder = [...mistakes].sort((a, b) => document.offsetOf(a.path) - document.offsetOf(b.path))
      return yield* invalid(file, issuesOf(sourceOf(file, document, []), inOrder))
    }
    return {
      recipes,
      warnings: found.places.flatMap((place) => plainSecrets(file, document, interpolated, place))
    }
  })

const misprinted = (file: string, misprints: ReadonlyArray<Misprint>): InvalidConfiguration =>
  invalid(
    file,
    misprints.map(
      ({ expected, position }) => new ConfigurationIssue({ path: `${file}:${position}`, expected })
    )
  )

/** The settings of a file, from a place on. */
const sourceOf = (file: string, document: Document, place: Path): Source => ({
  name: file,
  nameOf: (path) => pathText([...place, ...path]) || file,
  wordFor: (setting) => setting,
  placeOf: (path) => ` (${file}:${document.positionOf([...place, ...path])})`
})

interface Found {
  readonly findings: ReadonlyArray<Findings>
  /** Where each of the findings stands. */
  readonly places: ReadonlyArray<Path>
  readonly mistakes: ReadonlyArray<Mistake>
}

const findingsOf = (interpolated: Interpolated, sourceAt: (place: Path) => Source): Found => {
  const { data, malformed, missing, whole } = interpolated
  const root = isRecord(data) ? data : {}
  const candidates = [...candidatesOf(root["providers"]), ...alone(root["oauth2"])]
  const known = candidates.flatMap(({ name, place, raw, type }) =>
    isType(type) && name !== undefined && isName(name) ? [{ name, type, place, raw }] : []
  )
  return {
    places: known.map(({ place }) => place),
    findings: known.map(({ name, place, raw, type }) => ({
      name,
      type,
      raw,
      source: sourceAt(place),
      mistakes: [...malformed, ...missing].flatMap(({ expected, path }) =>
        isWithin(place, path) ? [{ path: path.slice(place.length), expected }] : []
      )
    })),
    mistakes: [
      ...mistakesIn(data),
      ...mistakesIn(whole).filter(({ isUnknownKey }) => isUnknownKey),
      ...(isRecord(data) && candidates.length === 0
        ? [{ path: "providers" in data ? ["providers"] : [], expected: "at least one provider" }]
        : []),
      ...known.flatMap(({ name, place }, index) =>
        known.findIndex((other) => other.name === name) < index
          ? [{ path: [...place, "provider_name"], expected: "a name that no other provider has" }]
          : []
      )
    ]
  }
}

const mistakesIn = (data: Data): ReadonlyArray<Mistake> =>
  Either.match(decode(data), { onLeft: (issue) => ofParseIssue(issue), onRight: () => [] })

const decode = ParseResult.decodeUnknownEither(File, { errors: "all", onExcessProperty: "error" })

interface Candidate {
  readonly name: string | undefined
  readonly type: Data | undefined
  readonly place: Path
  readonly raw: Readonly<Record<string, Data>>
}

const candidatesOf = (providers: Data | undefined): ReadonlyArray<Candidate> =>
  isRecord(providers)
    ? Object.entries(providers).map(([name, settings]) => {
        const { type, ...raw } = isRecord(settings) ? settings : {}
        return { name, type, place: ["providers", name], raw }
      })
    : []

const alone = (settings: Data | undefined): ReadonlyArray<Candidate> => {
  if (settings === undefined) return []
  const { provider_name: name, provider_type: type, ...raw } = isRecord(settings) ? settings : {}
  return [{ name: typeof name === "string" ? name : undefined, type, place: ["oauth2"], raw }]
}

const isRecord = (data: Data | undefined): data is { readonly [key: string]: Data } =>
  typeof data === "object" && !Array.isArray(data)

const isType = (type: Data | undefined): type is Type => types.some((known) => known === type)

/** Secrets that stand in the file itself. */
const plainSecrets = (
  file: string,
  document: Document,
  { isSpelledOut }: Interpolated,
  place: Path
): ReadonlyArray<string> =>
  secrets
    .map((setting): Path => [...place, setting])
    .filter(isSpelledOut)
    .map(
      (path) =>
        `${pathText(path)}: a secret in plain text (${file}:${document.positionOf(path)}); take it from a variable, as in \${NAME}`
    )
