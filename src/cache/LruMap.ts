/**
 * Values by key, in the order in which they were last used.
 *
 * @internal
 */

/** A value that is kept, when it was last used, and its neighbours by that. */
export interface Entry<V> {
  readonly key: string
  readonly value: V
  usedAt: number
  newer: Entry<V> | undefined
  older: Entry<V> | undefined
}

/** A map that finds the value that was not used for the longest time at once. Instants are the caller's. */
export class LruMap<V> {
  readonly #entries = new Map<string, Entry<V>>()
  #newest: Entry<V> | undefined = undefined
  #oldest: Entry<V> | undefined = undefined

  get size(): number {
    return this.#entries.size
  }

  /** The entry that was not used for the longest time. */
  get oldest(): Entry<V> | undefined {
    return this.#oldest
  }

  /** The value of a key, which is not used by that. */
  peek(key: string): V | undefined {
    return this.#entries.get(key)?.value
  }

  /** The value of a key, which is used now. */
  use(key: string, now: number): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.touch(entry, now)
    return entry.value
  }

  /** The entry becomes the newest. */
  touch(entry: Entry<V>, now: number): void {
    entry.usedAt = now
    if (entry === this.#newest) return
    this.#unlink(entry)
    this.#link(entry)
  }

  /** A value for a key that has none yet; it is the newest. */
  add(key: string, value: V, now: number): void {
    const entry: Entry<V> = { key, value, usedAt: now, newer: undefined, older: undefined }
    this.#entries.set(key, entry)
    this.#link(entry)
  }

  /** Forgets a key and gives back what it had. */
  remove(key: string): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    this.#unlink(entry)
    return entry.value
  }

  /** All keys with their values. */
  entries(): Iterable<Entry<V>> {
    return this.#entries.values()
  }

  #link(entry: Entry<V>): void {
    entry.older = this.#newest
    entry.newer = undefined
    if (this.#newest !== undefined) this.#newest.newer = entry
    this.#newest = entry
    this.#oldest ??= entry
  }

  #unlink(entry: Entry<V>): void {
    if (entry.newer !== undefined) entry.newer.older = entry.older
    if (entry.older !== undefined) entry.older.newer = entry.newer
    if (this.#newest === entry) this.#newest = entry.older
    if (this.#oldest === entry) this.#oldest = entry.newer
  }
}
