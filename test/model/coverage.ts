/** How often each kind of transition and outcome was met, over all schedules of a run. */
export class Coverage {
  private readonly counts = new Map<string, number>()

  readonly hit = (kind: string): void => {
    this.counts.set(kind, this.of(kind) + 1)
  }

  of(kind: string): number {
    return this.counts.get(kind) ?? 0
  }

  get kinds(): ReadonlyArray<readonly [kind: string, count: number]> {
    return [...this.counts].sort(([a], [b]) => (a < b ? -1 : 1))
  }
}
