import type { Fault } from "../lib/mutation.js"
import { breaks } from "./breaks.js"

const internal = (name: string) => `src/config/internal/${name}.ts`
const readFile = internal("readFile")

const of = (test: string) => ({ law: test, named: "" })

/** The faults of configuration. */
export const configuration: ReadonlyArray<Fault> = [
  ...breaks(of("environment"), "config/environment", [
    [internal("readVariables"), "const value = text.trim()", "const value = text"],
    [internal("environment"), " && variable.shared !== true", ""]
  ]),
  ...breaks("S22", "config/s22-config", [
    [internal("shown"), '? text.replace(/\\/\\/.*@/s, "//").replace(/[?#].*/s, "") : text', "? text : text"],
    [internal("mistakes"), "if (!/^[A-Za-z][\\w-]{0,31}$/.test(key))", "if (false)"],
    [internal("document"), "expected: expectedAt(code)", "expected: expectedAt(code) + text"]
  ]),
  ...breaks(of("mistakes"), "config/mistakes", [
    [internal("decode"), ": rest.length > 0 && Predicate", ": false && Predicate"],
    [readFile, 'errors: "all", onExcessProperty: "error"', 'errors: "all"'],
    [readFile, 'errors: "all", onExcessProperty: "error"', 'onExcessProperty: "error"'],
    [readFile, "...mistakesIn(whole).filter(({ isUnknownKey }) => isUnknownKey),", ""],
    [internal("recipe"), "...refused", ""],
    [internal("document"), "left.aliases -= 1", "left.aliases -= 0"]
  ]),
  ...breaks(of("interpolation"), "config/interpolation", [
    [internal("template"), 'if (text.startsWith("$$", at))', "if (false)"],
    [internal("template"), ": isSpelledOut(part.otherwise ?? [])", ": false"],
    [
      readFile,
      "mistakes.some((mistake) => !ofEnvironment.has(mistake) || !isOfProvider(mistake))",
      "mistakes.length > 0"
    ]
  ]),
  ...breaks(of(".env"), "config/files", [
    ["src/config/DotEnv.ts", "orElse(withoutBlanks(above), () => below)", "orElse(below, () => above)"],
    ["src/config/DotEnv.ts", "orElse(withoutBlanks(above)", "orElse(above"]
  ]),
  ...breaks(of("policy"), "config/policy", [[internal("values"), 'name = "s"', 'name = "ms"']]),
  ...breaks(of("file"), "config/wire", [[internal("document"), 'schema: "failsafe"', 'schema: "core"']]),
  ...breaks(of("schema"), "config/json-schema", [
    [internal("settings"), "The tenant's domain, or a custom one.", "The tenant's domain."]
  ]),
  ...breaks(of(".env"), "config/dot-env", [[internal("dotEnv"), '/\\\\([nrt"\\\\])/g', '/\\\\([nrt"])/g']])
]
