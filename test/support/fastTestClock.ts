/**
 * Before each step `TestClock` takes three system timers without delay, a millisecond each, to see whether every fiber is
 * suspended. Here such a timer is a turn of the event loop, and ends only when Web Crypto, which works on other threads,
 * has nothing left to do: a step takes microseconds, and is never too early on a busy machine.
 */
const { subtle } = globalThis.crypto

const install = (): void => {
  let pending = 0
  for (const name of ["decrypt", "deriveBits", "digest", "encrypt", "importKey", "sign", "verify"] as const) {
    const method = subtle[name]
    Reflect.set(subtle, name, (...args: ReadonlyArray<unknown>): Promise<unknown> => {
      pending++
      return Promise.resolve(Reflect.apply(method, subtle, args)).finally(() => pending--)
    })
  }

  const { setTimeout } = globalThis
  const yieldThen = (callback: () => void): NodeJS.Immediate =>
    setImmediate(() => {
      if (pending === 0) callback()
      else yieldThen(callback)
    })
  Reflect.set(globalThis, "setTimeout", (callback: () => void, delay = 0, ...args: ReadonlyArray<unknown>) =>
    delay === 0 ? yieldThen(callback) : setTimeout(callback, delay, ...args)
  )
}

// the modules of tests are loaded once a file, and files may share a process
if (!Object.hasOwn(subtle, "digest")) install()
