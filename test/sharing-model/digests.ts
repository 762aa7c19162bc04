import { createHash } from "node:crypto"
import { vi } from "vitest"

let underWay = 0

/**
 * Web Crypto works on another thread, which no clock of a test rules. Here its digests are made at once, and are told by
 * a promise as ever: {@link told} waits until those who asked have heard.
 */
vi.spyOn(globalThis.crypto.subtle, "digest").mockImplementation((_algorithm, data) => {
  const bytes = ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
  const digest = new Uint8Array(createHash("sha256").update(bytes).digest())
  underWay++
  const answer = Promise.resolve(digest.buffer)
  void answer.then(() => undefined).then(() => underWay--)
  return answer
})

/** Whether there are digests that nobody has heard of yet. */
export const areUnderWay = (): boolean => underWay > 0

/** Lets promises go on. */
export const told = async (): Promise<void> => {
  while (underWay > 0) await Promise.resolve()
}
