/** What the gauges tell: it changes with events, and with the clock alone. */
import * as DateTime from "effect/DateTime"
import type { TokenEvent } from "../../token/TokenEvent.js"

/** Which window: the one after a failure that passes, or the one after a rejection. */
export type WindowKind = "transient" | "rejected"

/** What is known of one provider. Instants are in milliseconds. */
interface Known {
  /** When the token in hand expires; nothing where no token has been seen. */
  expiresAt: number | undefined
  /** The end of each tenant's window. A provider that serves one has one. */
  readonly windows: Readonly<Record<WindowKind, Map<string | undefined, number>>>
}

/** Where a provider stands. */
export interface Reading {
  readonly provider: string
  /** Seconds until its token expires. A provider of many tenants has many tokens, and none here. */
  readonly remaining: number | undefined
  /** How many windows are open, of each kind. */
  readonly windows: Readonly<Record<WindowKind, number>>
}

export class Gauges {
  private readonly providers = new Map<string, Known>()

  /** Learns from an event, and reads what has changed. */
  learn(event: TokenEvent): Reading {
    const known = this.providers.get(event.provider) ?? nothingKnown()
    this.providers.set(event.provider, known)
    const isOnlyOne = event.tenant === undefined
    switch (event._tag) {
      case "Acquired":
      case "Refreshed":
      case "Adopted":
        if (isOnlyOne) known.expiresAt = DateTime.toEpochMillis(event.expiresAt)
        closeWindows(known, event.tenant)
        break
      case "Discarded":
      case "Evicted":
        closeWindows(known, event.tenant)
        break
      case "RefreshFailed":
        known.windows.transient.set(event.tenant, DateTime.toEpochMillis(event.retryAt))
        break
      case "Rejected":
        known.windows.rejected.set(event.tenant, DateTime.toEpochMillis(event.retryAt))
        break
      case "Invalidated":
      case "Cleared":
        if (isOnlyOne) known.expiresAt = 0
        break
      case "Replayed":
      case "StoreUnavailable":
        break
    }
    return read(event.provider, known, DateTime.toEpochMillis(event.at))
  }

  /** Where every provider stands now. */
  readAll(now: number): ReadonlyArray<Reading> {
    return Array.from(this.providers, ([provider, known]) => read(provider, known, now))
  }
}

const nothingKnown = (): Known => ({
  expiresAt: undefined,
  windows: { transient: new Map(), rejected: new Map() }
})

const closeWindows = ({ windows }: Known, tenant: string | undefined): void => {
  windows.transient.delete(tenant)
  windows.rejected.delete(tenant)
}

const read = (provider: string, { expiresAt, windows }: Known, now: number): Reading => ({
  provider,
  remaining: expiresAt === undefined ? undefined : Math.max(0, (expiresAt - now) / 1000),
  windows: {
    transient: openAt(windows.transient, now),
    rejected: openAt(windows.rejected, now)
  }
})

/** How many are open; those that have ended are forgotten. */
const openAt = (windows: Map<string | undefined, number>, now: number): number => {
  for (const [tenant, end] of windows) {
    if (end <= now) windows.delete(tenant)
  }
  return windows.size
}
