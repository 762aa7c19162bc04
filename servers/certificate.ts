import type { KeyObject } from "node:crypto"
import { generateKeyPairSync, sign } from "node:crypto"

export interface Certificate {
  readonly key: string
  readonly cert: string
}

/**
 * A self-signed certificate, good for an hour. It is of version 1, so that it stands for its own authority where it is
 * trusted.
 */
export const selfSigned = (name = "127.0.0.1"): Certificate => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const toBeSigned = sequence(
    integer(1),
    ecdsaWithSha256,
    commonName(name),
    sequence(utcTime(Date.now() - 60_000), utcTime(Date.now() + 3_600_000)),
    commonName(name),
    publicKey.export({ type: "spki", format: "der" })
  )
  const signature = sign("sha256", toBeSigned, privateKey)
  const certificate = sequence(toBeSigned, ecdsaWithSha256, tagged(0x03, Buffer.from([0]), signature))
  return { key: pemOf(privateKey), cert: pem(certificate) }
}

/** One value of ASN.1, in DER (X.690 §8.1). */
const tagged = (tag: number, ...contents: ReadonlyArray<Buffer>): Buffer => {
  const content = Buffer.concat(contents)
  const long = content.length.toString(16)
  const length =
    content.length < 0x80
      ? Buffer.from([content.length])
      : Buffer.concat([
          Buffer.from([0x80 + Math.ceil(long.length / 2)]),
          Buffer.from(long.padStart(long.length + (long.length % 2), "0"), "hex")
        ])
  return Buffer.concat([Buffer.from([tag]), length, content])
}

const sequence = (...contents: ReadonlyArray<Buffer>) => tagged(0x30, ...contents)

const integer = (value: number) => tagged(0x02, Buffer.from([value]))

const objectId = (hex: string) => tagged(0x06, Buffer.from(hex, "hex"))

const ecdsaWithSha256 = sequence(objectId("2a8648ce3d040302"))

const commonName = (name: string) =>
  sequence(tagged(0x31, sequence(objectId("550403"), tagged(0x0c, Buffer.from(name)))))

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

const pem = (der: Buffer) =>
  `-----BEGIN CERTIFICATE-----\n${der.toString("base64")}\n-----END CERTIFICATE-----\n`

const pemOf = (key: KeyObject) => key.export({ type: "pkcs8", format: "pem" }).toString()
