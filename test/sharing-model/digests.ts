import { createHash } from "node:crypto"
import { vi } from "vitest"

/**
 * Web Crypto works on another thread, which no virtual clock controls. Here a digest is computed at once, and its promise
 * calls back at once.
 */
vi.spyOn(globalThis.crypto.subtle, "digest").mockImplementation((_algorithm, data) => {
  const bytes = ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
  const { buffer } = new Uint8Array(createHash("sha256").update(bytes).digest())
  const promise = Promise.resolve(buffer)
  promise.then = (onFulfilled) =>
    new Promise((resolve) => {
      if (typeof onFulfilled === "function") resolve(onFulfilled(buffer))
    })
  return promise
})
