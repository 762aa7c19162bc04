import * as FastCheck from "effect/FastCheck"
import type { ProviderAnswer } from "./providerAnswers.js"
import { providerAnswers } from "./providerAnswers.js"

/** An answer in parts that can be changed. Members are pairs of a name and the JSON text of a value. */
export interface Draft {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body:
    | { readonly _tag: "Members"; readonly format: "json" | "form"; readonly members: ReadonlyArray<Member> }
    | { readonly _tag: "Text"; readonly text: string }
  /** What happens to the bytes of the body. */
  readonly bytes: ReadonlyArray<(bytes: Uint8Array) => Uint8Array>
  /** What happens to the connection. */
  readonly fate: "Whole" | "Refused" | "BreaksOff" | "Stalls"
}

type Member = readonly [name: string, json: string]

/** One change, with a name for a counter-example. */
export interface Mutation {
  readonly name: string
  readonly apply: (draft: Draft) => Draft
}

/** The draft of an answer as it was seen. */
export const draftOf = (answer: ProviderAnswer): Draft => ({
  status: answer.status,
  headers: answer.headers,
  body: bodyOf(answer.body),
  bytes: [],
  fate: "Whole"
})

const bodyOf = (text: string): Draft["body"] => {
  if (/^\s*\{/.test(text)) {
    const members = Object.entries<unknown>({ ...(JSON.parse(text.trim()) as object) })
    return {
      _tag: "Members",
      format: "json",
      members: members.map(([name, value]) => [name, JSON.stringify(value)])
    }
  }
  if (/^[\w]+=/.test(text)) {
    const members = [...new URLSearchParams(text)]
    return {
      _tag: "Members",
      format: "form",
      members: members.map(([name, value]) => [name, JSON.stringify(value)])
    }
  }
  return { _tag: "Text", text }
}

/** The bytes of a draft's body. */
export const render = ({ body, bytes }: Draft): Uint8Array =>
  bytes.reduce<Uint8Array>((bytes, change) => change(bytes), new TextEncoder().encode(textOf(body)))

const textOf = (body: Draft["body"]): string => {
  if (body._tag === "Text") return body.text
  if (body.format === "json") {
    return `{${body.members.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(",")}}`
  }
  return new URLSearchParams(
    body.members.map(([name, json]) => [name, json.startsWith('"') ? String(JSON.parse(json)) : json])
  ).toString()
}

const mutation = (name: string, apply: (draft: Draft) => Draft): Mutation => ({ name, apply })

/** A change of the members, as far as the body has any. */
const members = (name: string, change: (members: ReadonlyArray<Member>) => ReadonlyArray<Member>): Mutation =>
  mutation(name, (draft) =>
    draft.body._tag === "Members"
      ? { ...draft, body: { ...draft.body, members: change(draft.body.members) } }
      : draft
  )

/** A change of one member, chosen by a number of any size. */
const member = (name: string, at: number, change: (member: Member) => ReadonlyArray<Member>): Mutation =>
  members(`${name} of member ${at}`, (members) =>
    members.flatMap((member, index) => (index === at % members.length ? change(member) : [member]))
  )

const text = (name: string, change: (text: string) => string): Mutation =>
  mutation(name, (draft) => ({ ...draft, body: { _tag: "Text", text: change(textOf(draft.body)) } }))

const bytes = (name: string, change: (bytes: Uint8Array) => Uint8Array): Mutation =>
  mutation(name, (draft) => ({ ...draft, bytes: [...draft.bytes, change] }))

const header = (name: string, value: string): Mutation =>
  mutation(`${name}: ${value}`, (draft) => ({ ...draft, headers: { ...draft.headers, [name]: value } }))

const names = [
  "access_token",
  "accessToken",
  "token_type",
  "expires_in",
  "refresh_in",
  "refresh_token",
  "scope",
  "error",
  "error_description",
  "errorCode",
  "message",
  "status",
  "fault",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "",
  "a.b"
]

const codes = [
  "invalid_client",
  "unauthorized_client",
  "invalid_grant",
  "invalid_scope",
  "invalid_target",
  "invalid_request",
  "unsupported_grant_type",
  "access_denied",
  "temporarily_unavailable",
  "server_error",
  "slow_down",
  "BAD_REFRESH_TOKEN"
]

const deep = (open: string, close: string): string => open.repeat(100_000) + close.repeat(100_000)

/** Values of every kind, as JSON text, with numbers that JavaScript cannot tell. */
const value: FastCheck.Arbitrary<string> = FastCheck.oneof(
  { weight: 12, arbitrary: FastCheck.json({ maxDepth: 3 }) },
  {
    weight: 12,
    arbitrary: FastCheck.constantFrom(
      ...["null", "true", "false", "0", "-1", "-0", "1", "0.5", "3599.5", "1e-9", "1e400", "-1e400", "1e308"],
      ...["2147483648", "4294967296", "9007199254740993", "8640000000000000", "99999999999999999999999999"],
      ...[
        '""',
        '" "',
        '"0"',
        '"-1"',
        '"3600"',
        '"1e9"',
        '"Infinity"',
        '"NaN"',
        '"0x10"',
        '"９"',
        '"\\u0000"'
      ],
      ...[
        '"\\ud800"',
        '"a\\r\\nb"',
        '"tök"',
        '"a b"',
        '"a,b"',
        "[]",
        "{}",
        '["a","b",1]',
        '{"access_token":"a"}'
      ]
    )
  },
  { weight: 6, arbitrary: FastCheck.constantFrom(...codes).map((code) => JSON.stringify(code)) },
  { weight: 6, arbitrary: FastCheck.string({ unit: "binary" }).map((text) => JSON.stringify(text)) },
  { weight: 3, arbitrary: FastCheck.double().map((number) => JSON.stringify(number)) },
  { weight: 3, arbitrary: FastCheck.bigInt().map(String) }
)

const position = FastCheck.nat({ max: 20 })

const fraction = FastCheck.double({ min: 0, max: 1, noNaN: true })

const onMembers = FastCheck.oneof(
  position.map((at) => member("drop", at, () => [])),
  FastCheck.tuple(position, FastCheck.constantFrom(...names)).map(([at, name]) =>
    member(`rename to ${JSON.stringify(name)}`, at, ([_, json]) => [[name, json]])
  ),
  FastCheck.tuple(position, value).map(([at, json]) =>
    member(`duplicate with ${json.slice(0, 100)}`, at, ([name, first]) => [
      [name, first],
      [name, json]
    ])
  ),
  FastCheck.tuple(position, value).map(([at, json]) =>
    member(`make ${json.slice(0, 100)}`, at, ([name]) => [[name, json]])
  ),
  FastCheck.tuple(FastCheck.constantFrom("expires_in", "refresh_in", "token_type", "scope"), value).map(
    ([name, json]) =>
      members(`put ${name} ${json.slice(0, 100)}`, (members) => [
        ...members.filter(([n]) => n !== name),
        [name, json]
      ])
  ),
  FastCheck.tuple(FastCheck.constantFrom(...names), value).map(([name, json]) =>
    members(`add ${JSON.stringify(name)} ${json.slice(0, 100)}`, (members) => [...members, [name, json]])
  ),
  FastCheck.constantFrom(...codes).map((code) =>
    members(`add the error ${code}`, (members) => [...members, ["error", JSON.stringify(code)]])
  ),
  FastCheck.constantFrom(...codes).map((code) =>
    members(`only the error ${code}`, () => [["error", JSON.stringify(code)]])
  ),
  FastCheck.constantFrom("json" as const, "form" as const).map((format) =>
    mutation(`as ${format}`, (draft) =>
      draft.body._tag === "Members" ? { ...draft, body: { ...draft.body, format } } : draft
    )
  ),
  position.map((at) => member("nest", at, ([name, json]) => [["data", `{${JSON.stringify(name)}:${json}}`]]))
)

const rare = FastCheck.oneof(
  FastCheck.tuple(position, FastCheck.constantFrom(["[", "]"], ['{"a":', "}"])).map(([at, [open, close]]) =>
    member("nest without end", at, ([name]) => [[name, deep(open!, close!).replace(":}", ":0}")]])
  ),
  FastCheck.constant(text("nothing but brackets", () => deep("[", "]"))),
  FastCheck.constant(
    members("ten thousand members more", (members) => [
      ...members,
      ...Array.from({ length: 10_000 }, (_, n): Member => [`member-${n}`, '{"access_token":"a-token"}'])
    ])
  )
)

const tooLarge = FastCheck.constant(
  members("a million letters more", (members) => [
    ...members,
    ["padding", JSON.stringify("a".repeat(1_100_000))]
  ])
)

const onText = FastCheck.oneof(
  FastCheck.constantFrom(
    "<!DOCTYPE html><html><body>canary-page</body></html>",
    "canary-page",
    "",
    " ",
    "{",
    "[]",
    "null",
    "a=b",
    "error=",
    "=",
    "&&&=%"
  ).map((page) => text(`instead ${JSON.stringify(page)}`, () => page)),
  fraction.map((at) => text(`cut at ${at}`, (text) => text.slice(0, Math.floor(text.length * at)))),
  FastCheck.constantFrom("\ufeff", " ", "\r\n\r\n", "\0", ")]}',\n", "<!-- -->", "callback(", "ключ").chain(
    (around) =>
      FastCheck.constantFrom(
        text(`${JSON.stringify(around)} before`, (text) => around + text),
        text(`${JSON.stringify(around)} after`, (text) => text + around)
      )
  ),
  FastCheck.constant(text("in a list", (text) => `[${text}]`)),
  FastCheck.constant(text("as a JSON text", (text) => JSON.stringify(text)))
)

const onBytes = FastCheck.oneof(
  FastCheck.tuple(fraction, FastCheck.integer({ min: 0, max: 255 })).map(([at, byte]) =>
    bytes(`byte ${byte} at ${at}`, (bytes) =>
      bytes.map((b, i) => (i === Math.floor(at * bytes.length) ? byte : b))
    )
  ),
  FastCheck.constantFrom([0xff, 0xfe], [0xc3], [0xed, 0xa0, 0x80], [0x00], [0xef, 0xbb, 0xbf]).map((more) =>
    bytes(`bytes ${more.join()} before`, (bytes) => Uint8Array.from([...more, ...bytes]))
  ),
  FastCheck.constant(
    bytes("UTF-16", (bytes) => new Uint8Array(Buffer.from(new TextDecoder().decode(bytes), "utf16le")))
  )
)

const onHead = FastCheck.oneof(
  { weight: 4, arbitrary: FastCheck.integer({ min: 200, max: 599 }) },
  {
    weight: 8,
    arbitrary: FastCheck.constantFrom(
      200,
      201,
      204,
      302,
      307,
      400,
      401,
      403,
      404,
      408,
      425,
      429,
      500,
      502,
      503
    )
  }
).map((status) => mutation(`status ${status}`, (draft) => ({ ...draft, status })))

const onHeaders = FastCheck.oneof(
  FastCheck.constantFrom("text/html", "application/json", "application/x-www-form-urlencoded", "garbage").map(
    (type) => header("content-type", type)
  ),
  FastCheck.oneof(
    FastCheck.constantFrom(
      "0",
      "5",
      "30",
      "-5",
      "1.5",
      "5, 7",
      "99999999999999999999",
      "9".repeat(400),
      "soon",
      ""
    ),
    FastCheck.constantFrom("Fri, 31 Dec 1999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 99 Foo"),
    FastCheck.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    FastCheck.string({ unit: "grapheme-ascii" })
  ).map((when) => header("retry-after", when)),
  FastCheck.oneof(
    FastCheck.constantFrom("garbage", "Fri, 31 Dec 1999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"),
    FastCheck.date({ noInvalidDate: true }).map((date) => date.toUTCString())
  ).map((date) => header("date", date))
)

const onConnection = FastCheck.constantFrom("Refused" as const, "BreaksOff" as const, "Stalls" as const).map(
  (fate) => mutation(fate, (draft) => ({ ...draft, fate }))
)

const echo = (echo: string) =>
  FastCheck.tuple(
    FastCheck.constantFrom(
      "error",
      "error_description",
      "message",
      "errorCode",
      "errorSummary",
      "status",
      "token_type"
    ),
    FastCheck.string({ unit: "binary", maxLength: 20 })
  ).map(([name, before]) =>
    members(`an echo in ${name}`, (members) => [...members, [name, JSON.stringify(before + echo)]])
  )

/** Changes of every kind, some of which say one of the secrets back. */
export const mutations = (echoes: ReadonlyArray<string>): FastCheck.Arbitrary<ReadonlyArray<Mutation>> =>
  FastCheck.array(
    FastCheck.oneof(
      { weight: 120, arbitrary: onMembers },
      { weight: 40, arbitrary: onHead },
      { weight: 25, arbitrary: onHeaders },
      { weight: 25, arbitrary: onText },
      { weight: 15, arbitrary: onBytes },
      { weight: 25, arbitrary: FastCheck.constantFrom(...echoes).chain(echo) },
      { weight: 4, arbitrary: onConnection },
      { weight: 1, arbitrary: rare },
      { weight: 2, arbitrary: tooLarge }
    ),
    { maxLength: 4 }
  )

/** One answer as it was seen. */
export const seen: FastCheck.Arbitrary<ProviderAnswer> = FastCheck.constantFrom(
  // one mebibyte in each hundredth case would take most of the time
  ...providerAnswers.filter(({ body }) => body.length < 100_000)
)
