import { generateKeyPairSync, sign } from "node:crypto"

export interface Certificate {
  readonly key: string
  readonly cert: string
}

/**
 * A self-signed certificate for `localhost`, good for an hour, made for one run: some peers talk to nothing but https.
 * It is of version 1, so that it stands for its own authority where it is trusted.
 */
export const makeCertificate = (): Certificate => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const now = Date.now()
  const toBeSigned = sequence(
    tagged(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    commonName,
    sequence(utcTime(now - 60_000), utcTime(now + 3_600_000)),
    commonName,
    publicKey.export({ type: "spki", format: "der" })
  )
  const signature = tagged(0x03, Buffer.from([0]), sign("sha256", toBeSigned, privateKey))
  const certificate = sequence(toBeSigned, ecdsaWithSha256, signature).toString("base64")
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----\n`
  }
}

/** One value of ASN.1, in DER (X.690 §8.1). */
const tagged = (tag: number, ...contents: ReadonlyArray<Buffer>): Buffer => {
  const content = Buffer.concat(contents)
  const { length } = content
  const octets =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...octets]), content])
}

const sequence = (...contents: ReadonlyArray<Buffer>) => tagged(0x30, ...contents)

const objectId = (hex: string) => tagged(0x06, Buffer.from(hex, "hex"))

const ecdsaWithSha256 = sequence(objectId("2a8648ce3d040302"))

const commonName = sequence(
  tagged(0x31, sequence(objectId("550403"), tagged(0x0c, Buffer.from("localhost"))))
)

const utcTime = (epochMillis: number) =>
  tagged(
    0x17,
    Buffer.from(
      new Date(epochMillis)
        .toISOString()
        .replace(/\.\d+|[-:T]/g, "")
        .slice(2)
    )
  )
