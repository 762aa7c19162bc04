/** Secrets that are recognized wherever they turn up. None of them is one. */
export const marks = {
  clientSecret: `canary-client-secret-5f1d0c7e9a42/+ &"<ü`,
  otherSecret: "canary-other-secret-77aa01be5d93",
  accessToken: "canary-access-token-b80e44d1c6f7",
  nextToken: "canary-next-token-e19f20837ad5",
  refreshToken: "canary-refresh-token-0d92c5b13e68",
  idToken: "canary-id-token-34c7f6a8d210",
  apiKey: "canary-api-key-9be1740fd35c"
} as const

/** What a mark looks like at each of the three places that base64 can begin at, without what its neighbours change. */
const inBase64 = (mark: string): ReadonlyArray<string> =>
  [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(mark)]).toString("base64")
    return encoded.slice([0, 2, 3][offset], -4)
  })

/** Enough of each mark to know it by, even where it was cut off or encoded. */
const needles: ReadonlyArray<readonly [mark: string, needle: string]> = Object.values(marks).flatMap(
  (mark) => {
    const [word = "", digits = ""] = /^(canary-[a-z]+-[a-z]+)-([0-9a-f]{12})/.exec(mark)?.slice(1) ?? []
    const known = `${word}-${digits}`
    return [word, digits, Buffer.from(known).toString("hex"), ...inBase64(known)].map(
      (needle) => [mark, needle] as const
    )
  }
)

/** Where a text shows a mark: the mark, and the text around it. */
export const marksIn = (text: string): ReadonlyArray<string> =>
  needles.flatMap(([mark, needle]) => {
    const at = text.indexOf(needle)
    return at < 0 ? [] : [`${mark}, in: …${text.slice(Math.max(0, at - 80), at + needle.length + 20)}…`]
  })
