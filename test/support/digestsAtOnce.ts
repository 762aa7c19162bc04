import { createHash } from "node:crypto"

/**
 * Runs something for which a digest is computed at once, by a promise that calls back at once: Web Crypto works on
 * another thread, which no virtual clock controls.
 */
export const digestsAtOnce = <A>(run: () => A): A => {
  const { subtle } = globalThis.crypto
  const { digest } = subtle
  Reflect.set(subtle, "digest", digestAtOnce)
  try {
    return run()
  } finally {
    Reflect.set(subtle, "digest", digest)
  }
}

const digestAtOnce = (_algorithm: string, data: ArrayBuffer | ArrayBufferView): Promise<ArrayBuffer> => {
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
}
