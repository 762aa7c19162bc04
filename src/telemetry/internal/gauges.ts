/** The values of the gauges, which change with events and with time. */
import * as DateTime from "effect/DateTime"
import type { TokenEvent } from "../../token/TokenEvent.js"

/** The window after a transient failure, or the one after a rejection. */
export type WindowKind = "transient" | "rejected"

/** The state of one provider. Instants are in milliseconds. */
interface ProviderState {
  /** When the current token expires; `undefined` if there was none yet. */
  expiresAt: number | undefined
  /** The end of each tenant's window; the key is `undefined` for a provider without tenants. */
  readonly windows: Readonly<Record<WindowKind, Map<string | undefined, number>>>
}

/** The gauge values of one provider. */
export interface Reading {
  readonly provider: string
  /** Seconds until the token expires; `undefined` for a provider with tenants, which has many tokens. */
  readonly remaining: number | undefined
  /** The number of open windows of each kind. */
  readonly windows: Readonly<Record<WindowKind, number>>
}

export class Gauges {
  private readonly providers = new Map<string, ProviderState>()

  /** Applies an event, and reads the provider's gauges. */
  update(event: TokenEvent): Reading {
    const state = this.providers.get(event.provider) ?? initialState()
    this.providers.set(event.provider, state)
    const isSingleTenant = event.tenant === undefined
    switch (event._tag) {
      case "Acquired":
      case "Refreshed":
      case "Adopted":
        if (isSingleTenant) state.expiresAt = DateTime.toEpochMillis(event.expiresAt)
        closeWindows(state, event.tenant)
        break
      case "Discarded":
      case "Evicted":
        closeWindows(state, event.tenant)
        break
      case "RefreshFailed":
        state.windows.transient.set(event.tenant, DateTime.toEpochMillis(event.retryAt))
        break
      case "Rejected":
        state.windows.rejected.set(event.tenant, DateTime.toEpochMillis(event.retryAt))
        break
      case "Invalidated":
      case "Cleared":
        if (isSingleTenant) state.expiresAt = 0
        break
      case "Replayed":
      case "StoreUnavailable":
        break
    }
    return read(event.provider, state, DateTime.toEpochMillis(event.at))
  }

  readAll(now: number): ReadonlyArray<Reading> {
    return Array.from(this.providers, ([provider, state]) => read(provider, state, now))
  }
}

const initialState = (): ProviderState => ({
  expiresAt: undefined,
  windows: { transient: new Map(), rejected: new Map() }
})

const closeWindows = ({ windows }: ProviderState, tenant: string | undefined): void => {
  windows.transient.delete(tenant)
  windows.rejected.delete(tenant)
}

const read = (provider: string, { expiresAt, windows }: ProviderState, now: number): Reading => ({
  provider,
  remaining: expiresAt === undefined ? undefined : Math.max(0, (expiresAt - now) / 1000),
  windows: {
    transient: countOpen(windows.transient, now),
    rejected: countOpen(windows.rejected, now)
  }
})

/** Counts the open windows and removes the ended ones. */
const countOpen = (windows: Map<string | undefined, number>, now: number): number => {
  for (const [tenant, end] of windows) {
    if (end <= now) windows.delete(tenant)
  }
  return windows.size
}
