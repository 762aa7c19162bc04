import { existsSync } from "node:fs"
import { builtinModules } from "node:module"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import tseslint from "typescript-eslint"

const root = dirname(fileURLToPath(import.meta.url))

/** Floors that are made for Node; every other file of src runs wherever `fetch` and Web Crypto do. */
const nodeFloors = ["src/node/**", "src/cli/**", "src/service/**"]

/** The benchmark is typed by its peers and by the build, which are not there before it ran once. */
const isBenchInstalled = existsSync("bench/node_modules") && existsSync("dist")

/** Where an effect is started by hand: a flight, and a client that meets callers outside Effect. */
const effectRunners = ["src/http/**", "src/cache/**"]

const barrels = [
  { name: "effect", message: 'Import by module path, such as "effect/Effect".' },
  { name: "@effect/platform", message: 'Import by module path, such as "@effect/platform/HttpClient".' },
  ...[
    "effect-oauth",
    "effect-oauth/auth0",
    "effect-oauth/config",
    "effect-oauth/sql",
    "effect-oauth/testing"
  ].map((name) => ({
    name,
    message: "Inside src, import by relative path."
  }))
]

const nodeMessage = "The core runs without Node: no built-in modules here."
const builtins = builtinModules.map((name) => ({ name, message: nodeMessage }))

const clockAndChance = [
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: "Time comes from Effect's Clock."
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: "Time comes from Effect's Clock."
  },
  { selector: "CallExpression[callee.name='Date']", message: "Time comes from Effect's Clock." },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: "Jitter comes from Effect's Random, secrets from Web Crypto."
  },
  {
    selector: "MemberExpression[object.name='globalThis'][property.name=/^(Date|Math|console|process)$/]",
    message: "No way around the rules on time, chance and output through globalThis."
  }
]

const runNames = "/^(unsafe)?[rR]un(Fork|Callback|Promise|PromiseExit|Sync|SyncExit)$/"
const runMessage = "Return the effect instead: effects are started only in src/http and src/cache."
const noRun = [
  { selector: `MemberExpression[property.name=${runNames}]`, message: runMessage },
  { selector: `ImportSpecifier[imported.name=${runNames}]`, message: runMessage }
]

const noNodeImport = [
  { selector: "ImportExpression[source.value=/^node:/]", message: nodeMessage },
  { selector: "TSImportType Literal[value=/^node:/]", message: nodeMessage }
]

export default tseslint.config(
  { ignores: ["dist/**", "coverage/**", ".api/**", ...(isBenchInstalled ? [] : ["bench/**"])] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: root }
    },
    rules: {
      "@typescript-eslint/ban-ts-comment": [
        "error",
        {
          "ts-ignore": true,
          "ts-nocheck": true,
          "ts-check": false,
          "ts-expect-error": "allow-with-description"
        }
      ],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false }
      ],
      "@typescript-eslint/no-unused-vars": [
        "error",
        {
          argsIgnorePattern: "^_",
          varsIgnorePattern: "^_",
          caughtErrorsIgnorePattern: "^_",
          ignoreRestSiblings: true
        }
      ],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unnecessary-condition": ["error", { allowConstantLoopConditions: true }],
      "@typescript-eslint/no-empty-object-type": ["error", { allowInterfaces: "with-single-extends" }],
      // Effect's idioms: companions of one name for type and value, generators that only return, phantom types.
      "require-yield": "off",
      "no-redeclare": "off",
      "@typescript-eslint/no-redeclare": "off",
      "@typescript-eslint/no-namespace": "off",
      "@typescript-eslint/unified-signatures": "off",
      "@typescript-eslint/no-invalid-void-type": "off",
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      "@typescript-eslint/no-extraneous-class": "off",
      "@typescript-eslint/unbound-method": "off",
      // Every tagged error is an effect and therefore iterable; to spread its fields is how a changed copy is made.
      "@typescript-eslint/no-misused-spread": "off"
    }
  },
  {
    files: ["src/**/*.ts"],
    rules: {
      "no-console": "error",
      "no-restricted-globals": [
        "error",
        { name: "process", message: nodeMessage },
        { name: "Buffer", message: nodeMessage },
        { name: "require", message: nodeMessage }
      ],
      "@typescript-eslint/no-restricted-imports": [
        "error",
        {
          paths: [...barrels, ...builtins],
          patterns: [{ group: ["node:*", "node:*/**"], message: nodeMessage }]
        }
      ],
      "no-restricted-syntax": ["error", ...clockAndChance, ...noNodeImport, ...noRun]
    }
  },
  {
    files: effectRunners,
    rules: { "no-restricted-syntax": ["error", ...clockAndChance, ...noNodeImport] }
  },
  {
    files: nodeFloors,
    rules: {
      "no-restricted-globals": "off",
      "@typescript-eslint/no-restricted-imports": ["error", { paths: barrels }],
      "no-restricted-syntax": ["error", ...clockAndChance, ...noRun]
    }
  },
  {
    files: ["test/**/*.ts", "test-types/**/*.ts", "bench/**/*.ts", "examples/**/*.ts"],
    rules: { "@typescript-eslint/no-non-null-assertion": "off" }
  },
  { files: ["**/*.mjs"], ...tseslint.configs.disableTypeChecked }
)
