import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Effect from "effect/Effect"
import { AccessToken, TokenError, TokenEvent } from "effect-oauth"
import type { TokenStatus } from "effect-oauth"
import { heading, stepLines } from "../../src/cli/check/report.js"
import { putCommandFirst, unknownOption } from "../../src/cli/effectCliWorkarounds.js"
import { fingerprint } from "../../src/cli/check/steps.js"
import { missingLines } from "../../src/cli/configured.js"
import { formatHelp, isHelp } from "../../src/cli/help.js"
import * as Problem from "../../src/cli/Problem.js"
import { coloured, plain, strip } from "../../src/cli/render/style.js"
import {
  column,
  count,
  cut,
  escaped,
  printable,
  printableLines,
  span,
  wrap
} from "../../src/cli/render/text.js"
import { ascii, bar, blocks, frame } from "../../src/cli/watch/frame.js"
import { lineOf, fromEvent } from "../../src/cli/eventLine.js"
import type { Row } from "../../src/cli/watch/row.js"
import { rowOf } from "../../src/cli/watch/row.js"

const at = (milliseconds: number) => DateTime.unsafeMake(1_800_000_000_000 + milliseconds)

describe("texts", () => {
  it("span shows the two largest units", () => {
    const spans = [0, 131, 999.6, 1_000, 59_999, 60_000, 3_599_000, 3_600_000, 90_061_000, 172_800_000]
    expect(spans.map(span)).toEqual([
      "0ms",
      "131ms",
      "1000ms",
      "1s",
      "59s",
      "1m",
      "59m 59s",
      "1h",
      "1d 1h",
      "2d"
    ])
  })

  it("cut and column measure the columns of a terminal, and split no character", () => {
    expect(
      ["abcdef", "abc", "äöü€", "💡💡💡💡", "日本語", "e\u0301e\u0301e\u0301e"].map((text) => cut(text, 3))
    ).toEqual(["ab…", "abc", "äö…", "💡…", "日…", "e\u0301e\u0301…"])
    expect(cut("abc", 0)).toBe("")
    expect(["ab", "abcdef", "日本", "日本語", "a日本"].map((text) => column(text, 4))).toEqual([
      "ab  ",
      "abc…",
      "日本",
      "日… ",
      "a日…"
    ])
    expect(wrap("日本 日本 日本", 9)).toEqual(["日本 日本", "日本"])
  })

  it("wrap breaks lines between words, and keeps a long word whole", () => {
    expect(wrap("one two three https://login.example.com/token four", 10)).toEqual([
      "one two",
      "three",
      "https://login.example.com/token",
      "four"
    ])
    expect(wrap("", 10)).toEqual([""])
  })

  it("count uses the singular and the plural", () => {
    expect([0, 1, 2].map((n) => count(n, "request"))).toEqual(["0 requests", "1 request", "2 requests"])
  })

  it("S45 printable removes control, C1 and bidirectional characters", () => {
    expect(printable("a\u001b[2J\r\n\u202eb\u200b\u009b1mc\u2066\u007f")).toBe("a[2Jb1mc")
    expect(printableLines("a\u001bb\n\u202ec")).toBe("ab\nc")
  })

  it("S45 JSON escapes control, C1 and bidirectional characters, and reads back whole", () => {
    const text = "a\u001b[2J\u009b1m\u202eb\u007f\u{e0001}c"
    const json = escaped(JSON.stringify({ text }))
    expect(json).toBe('{"text":"a\\u001b[2J\\u009b1m\\u202eb\\u007f\\udb40\\udc01c"}')
    expect(JSON.parse(json)).toEqual({ text })
  })

  it("strip removes colors", () => {
    expect(strip(coloured.bad("a") + coloured.strong("b"))).toBe("ab")
    expect(coloured.good("")).toBe("")
  })
})

describe("arguments", () => {
  it("putCommandFirst moves the command in front of its options", () => {
    const orders = [
      "",
      "check a --json",
      "--json check a",
      "--config f check",
      "--config=f --json check -- -a",
      "--help",
      "--completions bash"
    ]
    expect(orders.map((args) => putCommandFirst(args.split(" ")).join(" "))).toEqual([
      "",
      "check a --json",
      "check --json a",
      "check --config f",
      "check --config=f --json -- -a",
      "--help",
      "--completions bash"
    ])
  })
})

describe("unknownOption", () => {
  it("names the first option that the command does not have, and its help", () => {
    const wrong = [
      "check --foo",
      "check graph --confg=x --json",
      "token -x",
      "store list --yes",
      "store --foo",
      "--foo",
      "events --type Rejected --limt 3"
    ]
    expect(wrong.map((args) => unknownOption(args.split(" ")))).toEqual([
      "Unknown option --foo; see effect-oauth check --help",
      "Unknown option --confg; see effect-oauth check --help",
      "Unknown option -x; see effect-oauth token --help",
      "Unknown option --yes; see effect-oauth store list --help",
      "Unknown option --foo; see effect-oauth store --help",
      "Unknown option --foo; see effect-oauth --help",
      "Unknown option --limt; see effect-oauth events --help"
    ])
  })

  it("accepts options of the command, values that begin with a hyphen, and names after --", () => {
    const right = [
      "",
      "check --config -x --JSON graph",
      "check -- -a",
      "check --foo --help",
      "chek --foo",
      "store list --tenant --odd --json",
      "--log-level debug",
      "--version"
    ]
    expect(right.map((args) => unknownOption(args.split(" ")))).toEqual(right.map(() => undefined))
  })

  it("S45 removes control characters from the option that it names", () => {
    expect(unknownOption(["check", "--a\u001b[2J\u202e"])).toBe(
      "Unknown option --a[2J; see effect-oauth check --help"
    )
  })
})

describe("formatHelp", () => {
  const help = [
    "effect-oauth",
    "effect-oauth 1.2.3",
    "USAGE",
    "$ store",
    "DESCRIPTION",
    "What is in a store.",
    "OPTIONS",
    "(-h, --help)",
    "  A true or false value.",
    "  Show the help documentation for a command.",
    "  This setting is optional.",
    "COMMANDS",
    `  - list [--store text] [--json]${" ".repeat(80)}One two three four five six seven eight nine ten eleven.`,
    "  - store remove (-y, --yes) [<id>]  Takes a record out."
  ].join("\n\n")

  it("wraps lines, and puts descriptions behind the names of commands", () => {
    expect(isHelp(help)).toBe(true)
    expect(isHelp("completions")).toBe(false)
    expect(formatHelp(help, 50, plain).split("\n")).toEqual([
      "effect-oauth 1.2.3",
      "",
      "USAGE",
      "  $ store",
      "",
      "DESCRIPTION",
      "  What is in a store.",
      "",
      "OPTIONS",
      "  -h, --help",
      "      Show the help documentation for a command.",
      "",
      "COMMANDS",
      "  - list          One two three four five six",
      "                  seven eight nine ten eleven.",
      "  - store remove  Takes a record out."
    ])
    expect(strip(formatHelp(help, 50, coloured))).toBe(formatHelp(help, 50, plain))
  })
})

describe("a fingerprint", () => {
  it.effect("is the first eight digits of the SHA-256", () =>
    Effect.gen(function* () {
      // the digest of "abc" in FIPS 180-2
      expect(yield* fingerprint(Redacted.make("abc"))).toBe("ba7816bf")
    })
  )
})

describe("a problem", () => {
  const errors: ReadonlyArray<TokenError.TokenError> = [
    ...(
      ["NotSent", "NoAnswer", "Timeout", "RateLimited", "ServerError", "ExpiredOnArrival", "Defect"] as const
    ).map((reason) => new TokenError.TransientFailure({ provider: "p", reason, retryAt: at(0) })),
    ...(["InvalidClient", "InvalidGrant", "InvalidScope", "InvalidRequest", "Refused"] as const).map(
      (reason) => new TokenError.CredentialRejected({ provider: "p", reason })
    ),
    new TokenError.ReauthorizationRequired({
      provider: "p",
      reason: "NoRefreshToken",
      remedy: "log in again"
    }),
    ...(
      [
        "Redirect",
        "TooLarge",
        "UnknownShape",
        "NoAccessToken",
        "MalformedToken",
        "UnknownTokenType",
        "Metadata"
      ] as const
    ).map((reason) => new TokenError.InvalidTokenResponse({ provider: "p", reason })),
    ...(["Missing", "Malformed", "UnknownProvider"] as const).map(
      (reason) => new TokenError.InvalidConfiguration({ provider: "p", reason, issues: [] })
    ),
    ...(["Unavailable", "Undecryptable", "Conflict"] as const).map(
      (reason) => new TokenError.StoreFailure({ provider: "p", reason })
    ),
    new TokenError.LoginFailed({ provider: "p", reason: "Denied" })
  ]

  it("names the type and what to do, for every error", () => {
    for (const error of errors) {
      const problem = Problem.fromTokenError(error)
      expect(problem).toMatchObject({ tag: error._tag, reason: error.reason })
      expect(problem.remedy).toMatch(/\w+ \w+/)
      expect(Problem.lines(problem)[0]).toBe(`${error._tag} (${error.reason})`)
      expect(Problem.lines(problem).at(-1)).toBe(problem.remedy)
    }
  })

  it("names each setting on a line of its own", () => {
    const issues = ["A", "B"].map((path) => new TokenError.ConfigurationIssue({ path, expected: "a value" }))
    const error = new TokenError.InvalidConfiguration({ provider: "p", reason: "Missing", issues })
    expect(Problem.lines(Problem.fromTokenError(error)).slice(1, -1)).toEqual([
      "A: expected a value",
      "B: expected a value"
    ])
  })
})

describe("a step", () => {
  const provider = {
    name: "graph\u001b[2J",
    type: "azure",
    source: "environment",
    settings: { client_id: "a" },
    make: Effect.never
  }

  it("is rendered as passed, failed or skipped", () => {
    const token = { fingerprint: "0a1b2c3d", scopes: ["a", "b"], expiresAt: null, lifetimeSeconds: 3600 }
    const error = Problem.fromTokenError(
      new TokenError.CredentialRejected({ provider: "p", reason: "InvalidClient" })
    )
    const effort = { milliseconds: 131, requests: 1 }
    const results = [
      { step: "settings", outcome: "passed", milliseconds: 0, requests: 0 },
      { step: "token", outcome: "passed", ...effort, token },
      { step: "cache", outcome: "passed", milliseconds: 0, requests: 0, token },
      { step: "refresh", outcome: "failed", ...effort, error },
      { step: "refresh", outcome: "skipped", reason: "an earlier step failed" }
    ] as const
    expect(heading(provider, plain)).toBe("graph[2J  azure, from the environment")
    expect(results.map((result) => stepLines(result, provider, plain)[0])).toEqual([
      "  ok       settings  client_id=a",
      "  ok       token     fingerprint 0a1b2c3d, lives 1h, scopes a b (1 request, 131ms)",
      "  ok       cache     the same token, no request",
      "  failed   refresh   CredentialRejected (InvalidClient) (1 request, 131ms)",
      "  skipped  refresh   an earlier step failed"
    ])
    for (const line of results.flatMap((result) => stepLines(result, provider, plain))) {
      expect(line.length).toBeLessThanOrEqual(100)
    }
    expect(results.map((result) => stepLines(result, provider, coloured).map(strip))).toEqual(
      results.map((result) => stepLines(result, provider, plain))
    )
  })
})

describe("what is missing", () => {
  it("names required variables, and not optional ones", () => {
    const lines = missingLines([
      {
        name: "azure",
        type: "azure",
        title: "Azure",
        whereToGet: "the portal",
        variables: [
          { name: "A", necessity: "required", meaning: "an id" },
          { name: "LONG", necessity: "alternative", meaning: "a URL" },
          { name: "C", necessity: "optional", meaning: "a scope" }
        ]
      }
    ])
    expect(lines.slice(1, -3)).toEqual([
      "",
      "azure: Azure",
      "  A     an id",
      "  LONG  a URL",
      "  Where to get them: the portal"
    ])
  })
})

describe("a bar", () => {
  it("is empty only at 0, and full only at 1", () => {
    expect([0, 0.001, 0.5, 0.999, 1, 7, -1].map((part) => bar(part, 4, ascii))).toEqual([
      "....",
      "#...",
      "##..",
      "###.",
      "####",
      "####",
      "...."
    ])
    expect(bar(0.5, 2, blocks)).toBe("█░")
  })
})

const status = (fields: Partial<TokenStatus.TokenStatus>): TokenStatus.TokenStatus => ({
  provider: "graph",
  isConfigured: true,
  state: "Empty",
  isRefreshing: false,
  issuedAt: Option.none(),
  refreshAt: Option.none(),
  expiresAt: Option.none(),
  remainingSeconds: 0,
  scopes: [],
  windowUntil: Option.none(),
  lastFailure: Option.none(),
  ...fields
})

const now = DateTime.toEpochMillis(at(0))
const inHand = { issuedAt: Option.some(at(-15_000)), expiresAt: Option.some(at(45_000)) }
const rejection = new TokenError.CredentialRejected({ provider: "graph", reason: "InvalidClient" })
const failing = (error: TokenError.TokenError) => ({
  lastFailure: Option.some({ at: at(-12_000), error }),
  windowUntil: Option.some(at(48_000))
})

describe("a row", () => {
  it("names the state of a provider in one word", () => {
    const transient = new TokenError.TransientFailure({
      provider: "graph",
      reason: "Timeout",
      retryAt: at(0)
    })
    const gone = new TokenError.ReauthorizationRequired({
      provider: "graph",
      reason: "NoRefreshToken",
      remedy: ""
    })
    const words = [
      status({ isConfigured: false }),
      status({}),
      status({ isRefreshing: true }),
      status({ state: "Fresh", ...inHand }),
      status({ state: "Due", ...inHand }),
      status({ state: "Due", isRefreshing: true, ...inHand }),
      status(failing(rejection)),
      status(failing(transient)),
      status(failing(gone))
    ].map((one) => rowOf("graph", one, Option.none(), now).state.word)
    expect(words).toEqual([
      "incomplete",
      "empty",
      "acquiring",
      "fresh",
      "due",
      "refreshing",
      "rejected",
      "failing",
      "login needed"
    ])
  })

  it("counts remaining lifetime, age and delay from now", () => {
    const row = rowOf(
      "graph",
      status({ state: "Fresh", ...inHand, ...failing(rejection) }),
      Option.none(),
      now
    )
    expect(row.remaining).toEqual(Option.some({ part: 0.75, time: 45_000 }))
    expect(row.refreshed).toEqual(Option.some({ age: 15_000, took: Option.none() }))
    expect(row.failure).toEqual(
      Option.some({ age: Option.some(12_000), message: rejection.message, retryIn: Option.some(48_000) })
    )
  })

  it("shows a token that does not expire and a cooldown without end", () => {
    const endless = { issuedAt: Option.some(at(0)), expiresAt: Option.some(AccessToken.never) }
    const row = rowOf(
      "graph",
      status({
        state: "Fresh",
        ...endless,
        ...failing(rejection),
        windowUntil: Option.some(AccessToken.never)
      }),
      Option.none(),
      now
    )
    const [, , first, second] = frame([row], { columns: 120, rows: 9, style: plain, glyphs: ascii })
    expect(first).toContain("no expiry")
    expect(second).toContain("no attempt before somebody acts")
  })
})

describe("a frame", () => {
  const row = (name: string, fields: Partial<TokenStatus.TokenStatus>): Row =>
    rowOf(name, status(fields), Option.none(), now)
  const rows = [
    row("graph", { state: "Fresh", ...inHand }),
    row("a-name-that-is-longer-than-its-column", failing(rejection)),
    row("zoom\u001b[2J", { isConfigured: false })
  ]

  it("shows state, bar, remaining lifetime, last refresh and last failure", () => {
    expect(frame(rows, { columns: 110, rows: 20, style: plain, glyphs: ascii })).toEqual([
      "effect-oauth watch  3 providers, Ctrl-C ends it",
      "",
      "  graph                     fresh         ####################......  45s        refreshed 15s ago",
      "  a-name-that-is-longer-t…  rejected      ..........................             ",
      "    failed 12s ago, next attempt in 48s: graph: the credential was rejected: InvalidClient",
      "  zoom[2J                   incomplete    ..........................             "
    ])
  })

  it("fits every size, and counts the lines that it leaves out", () => {
    for (const columns of [1, 10, 40, 60, 80, 100, 250]) {
      for (const height of [1, 2, 3, 6, 50]) {
        for (const style of [plain, coloured]) {
          const lines = frame(rows, { columns, rows: height, style, glyphs: blocks })
          expect(lines.length).toBeLessThanOrEqual(height)
          for (const line of lines) expect([...strip(line)].length).toBeLessThanOrEqual(columns)
        }
      }
    }
    expect(frame(rows, { columns: 80, rows: 3, style: plain, glyphs: blocks }).at(-1)).toBe("… 4 more lines")
  })
})

describe("an event", () => {
  const flight = {
    provider: "graph",
    at: at(0),
    grant: "client_credentials",
    cause: "Due",
    attempts: [{ took: Duration.millis(90), error: Option.none() }],
    joined: 2,
    took: Duration.millis(131)
  } as const

  it("is rendered as one line, for every type of event", () => {
    const { TokenEvent: Event } = TokenEvent
    const arrival = { ...flight, issuedAt: at(0), expiresAt: at(3_600_000), closedWindow: false }
    const setback = { ...flight, error: rejection, retryAt: at(60_000) }
    const occasion = { provider: "graph", tenant: "t\u001b1", at: at(0) }
    const store = new TokenError.StoreFailure({ provider: "graph", reason: "Unavailable" })
    const lines = [
      Event.Acquired(arrival),
      Event.Refreshed({ ...arrival, expiresAt: AccessToken.never }),
      Event.Adopted(arrival),
      Event.RefreshFailed(setback),
      Event.Rejected({ ...setback, retryAt: AccessToken.never }),
      Event.Discarded(flight),
      Event.Invalidated(occasion),
      Event.Cleared(occasion),
      Event.Replayed({ ...occasion, status: 200 }),
      Event.Evicted({ ...occasion, reason: "Idle" }),
      Event.StoreUnavailable({ ...occasion, error: store })
    ].map((event) => lineOf(fromEvent(event)))
    expect(lines).toEqual([
      "2027-01-15T08:00:00.000Z  graph  Acquired  cause Due, took 131ms, 2 joined, lives 1h",
      "2027-01-15T08:00:00.000Z  graph  Refreshed  cause Due, took 131ms, 2 joined, does not expire",
      "2027-01-15T08:00:00.000Z  graph  Adopted  cause Due, took 131ms, 2 joined, lives 1h",
      "2027-01-15T08:00:00.000Z  graph  RefreshFailed  cause Due, took 131ms, 2 joined, next attempt 2027-01-15T08:01:00.000Z, CredentialRejected (InvalidClient): graph: the credential was rejected: InvalidClient",
      "2027-01-15T08:00:00.000Z  graph  Rejected  cause Due, took 131ms, 2 joined, next attempt never, CredentialRejected (InvalidClient): graph: the credential was rejected: InvalidClient",
      "2027-01-15T08:00:00.000Z  graph  Discarded  cause Due, took 131ms, 2 joined",
      "2027-01-15T08:00:00.000Z  graph/t1  Invalidated",
      "2027-01-15T08:00:00.000Z  graph/t1  Cleared",
      "2027-01-15T08:00:00.000Z  graph/t1  Replayed  status 200",
      "2027-01-15T08:00:00.000Z  graph/t1  Evicted  Idle",
      "2027-01-15T08:00:00.000Z  graph/t1  StoreUnavailable  StoreFailure (Unavailable): graph: the token store failed: Unavailable"
    ])
  })
})
