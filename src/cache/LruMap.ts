/**
 * A map that keeps its entries in the order in which they were last used.
 *
 * @internal
 */

/** A value, the instant of its last use, and its neighbors in the order of use. */
export interface Entry<V> {
  readonly key: string
  readonly value: V
  usedAt: number
  newer: Entry<V> | undefined
  older: Entry<V> | undefined
}

/** Finds the least recently used entry in constant time. The caller provides the instants. */
export class LruMap<V> {
  readonly #entries = new Map<string, Entry<V>>()
  #newest: Entry<V> | undefined = undefined
  #oldest: Entry<V> | undefined = undefined

  get size(): number {
    return this.#entries.size
  }

  /** The least recently used entry. */
  get oldest(): Entry<V> | undefined {
    return this.#oldest
  }

  /** Returns a value without using it. */
  peek(key: string): V | undefined {
    return this.#entries.get(key)?.value
  }

  /** Returns a value and makes its entry the newest. */
  use(key: string, now: number): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.touch(entry, now)
    return entry.value
  }

  /** Makes an entry the newest. */
  touch(entry: Entry<V>, now: number): void {
    entry.usedAt = now
    if (entry === this.#newest) return
    this.#unlink(entry)
    this.#link(entry)
  }

  /** Adds a value for a key that has none, as the newest entry. */
  add(key: string, value: V, now: number): void {
    const entry: Entry<V> = { key, value, usedAt: now, newer: undefined, older: undefined }
    this.#entries.set(key, entry)
    this.#link(entry)
  }

  /** Removes a key and returns its value. */
  remove(key: string): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    this.#unlink(entry)
    return entry.value
  }

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
