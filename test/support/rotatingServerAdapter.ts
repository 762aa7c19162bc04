/** Storage for `oidc-provider` that knows how long a client's refresh tokens may be used again. */
import type * as Oidc from "oidc-provider"

/** What stands in the storage. */
export type Payload = Readonly<Record<string, unknown>>

export interface Storage {
  readonly adapter: (model: string) => RotatingAdapter
  readonly find: (model: string, id: string) => Payload | undefined
}

interface RotatingAdapter extends Oidc.Adapter {
  consume(id: string): Promise<void>
  revokeByGrantId(grant: string): Promise<void>
}

export const make = (graceOf: (client: string) => number): Storage => {
  const models = new Map<string, Map<string, Payload>>()
  /** When refresh tokens were first used; those whose time is over are not in it. */
  const firstUses = new Map<string, number>()

  const recordsOf = (model: string) => {
    const records = models.get(model) ?? new Map<string, Payload>()
    models.set(model, records)
    return records
  }

  const isTakenAgain = (id: string, { clientId }: Payload): boolean => {
    const firstUse = firstUses.get(id)
    return firstUse !== undefined && Date.now() - firstUse < graceOf(String(clientId))
  }

  /** What the answer to an earlier use gave is void, and with the use of a token the one before it is over. */
  const supersede = (records: Map<string, Payload>, { grantId, rotations }: Payload) => {
    for (const [id, other] of records) {
      if (other["grantId"] !== grantId) continue
      if (Number(other["rotations"]) === Number(rotations) + 1) records.set(id, { ...other, consumed: true })
      if (Number(other["rotations"]) === Number(rotations) - 1) firstUses.delete(id)
    }
  }

  const adapter = (model: string): RotatingAdapter => {
    const records = recordsOf(model)
    return {
      upsert: (id, payload) => Promise.resolve(void records.set(id, payload)),
      find: (id) => {
        const payload = records.get(id)
        if (payload === undefined) return Promise.resolve(undefined)
        return Promise.resolve({
          ...payload,
          consumed: payload["consumed"] === true && !isTakenAgain(id, payload)
        })
      },
      destroy: (id) => Promise.resolve(void records.delete(id)),
      consume: (id) => {
        const payload = records.get(id)
        if (payload !== undefined) {
          supersede(records, payload)
          if (!firstUses.has(id)) firstUses.set(id, Date.now())
          records.set(id, { ...payload, consumed: true })
        }
        return Promise.resolve()
      },
      revokeByGrantId: (grant) => {
        for (const [id, { grantId }] of records) if (grantId === grant) records.delete(id)
        return Promise.resolve()
      }
    }
  }

  return { adapter, find: (model, id) => models.get(model)?.get(id) }
}
