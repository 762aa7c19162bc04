import type { Measure } from "./measure.js"

/** How a measure is reached: it is loaded only by the process that carries it out. */
export interface Entry {
  readonly load: () => Promise<Measure>
  /** What Node is told when that process starts. */
  readonly flags?: ReadonlyArray<string>
}

/** The measures, in the order in which they are told. */
export const measures: Readonly<Record<string, Entry>> = {
  "warm-get": { load: async () => (await import("./warm-get.js")).warmGet },
  "promise-door": { load: async () => (await import("./promise-door.js")).promiseDoor },
  allocation: {
    load: async () => (await import("./allocation.js")).allocation,
    // a young generation that holds all that a round allocates
    flags: ["--min-semi-space-size=256", "--max-semi-space-size=256"]
  },
  "cold-get": { load: async () => (await import("./cold-get.js")).coldGet },
  "expiry-storm": { load: async () => (await import("./expiry-storm.js")).expiryStorm },
  "failing-server": { load: async () => (await import("./failing-server.js")).failingServer },
  tenants: { load: async () => (await import("./tenants.js")).tenants },
  "authenticated-get": { load: async () => (await import("./authenticated-get.js")).authenticatedGet },
  "stores-operations": { load: async () => (await import("./stores-operations.js")).storesOperations },
  "stores-cold-get": { load: async () => (await import("./stores-cold-get.js")).storesColdGet },
  "stores-hand-over": { load: async () => (await import("./stores-hand-over.js")).storesHandOver },
  "stores-processes": { load: async () => (await import("./stores-processes.js")).storesProcesses },
  "stores-warm-get": { load: async () => (await import("./stores-warm-get.js")).storesWarmGet }
}
