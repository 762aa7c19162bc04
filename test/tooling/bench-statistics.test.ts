import { describe, expect, it } from "vitest"
import { quantile, ratios, seeded, shuffled, spreadOf } from "../../bench/lib/statistics.js"

describe("the statistics of the benchmark", () => {
  it("finds the median, whatever the order and whether or not one value stands in the middle", () => {
    expect(quantile([9, 1, 5], 0.5)).toBe(5)
    expect(quantile([10, 2, 4, 8], 0.5)).toBe(6)
    expect(quantile([7], 0.5)).toBe(7)
  })

  it("sorts numbers as numbers", () => {
    expect(quantile([100, 9, 20], 0.5)).toBe(20)
  })

  it("has no median of nothing", () => {
    expect(quantile([], 0.5)).toBeNaN()
  })

  it("gives the quartiles with the median", () => {
    expect(spreadOf([5, 1, 3, 2, 4])).toEqual({ low: 2, median: 3, high: 4 })
  })

  it("leaves the values that it is given in their order", () => {
    const values = [3, 1, 2]
    quantile(values, 0.5)
    expect(values).toEqual([3, 1, 2])
  })

  it("relates figures of the same round to each other", () => {
    expect(ratios([2, 9], [4, 3])).toEqual([0.5, 3])
  })

  it("gives the same numbers for the same seed, in [0, 1)", () => {
    const numbers = (seed: number) => {
      const random = seeded(seed)
      return Array.from({ length: 1_000 }, random)
    }
    expect(numbers(42)).toEqual(numbers(42))
    expect(numbers(42)).not.toEqual(numbers(43))
    expect(numbers(42).every((number) => number >= 0 && number < 1)).toBe(true)
    const mean = numbers(42).reduce((sum, number) => sum + number, 0) / 1_000
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.05)
  })

  it("shuffles: each item once, any of them in any place", () => {
    const random = seeded(1)
    const places = new Map<string, number>()
    for (let round = 0; round < 6_000; round++) {
      const order = shuffled(["a", "b", "c"], random)
      expect([...order].sort()).toEqual(["a", "b", "c"])
      places.set(order.join(""), (places.get(order.join("")) ?? 0) + 1)
    }
    expect(places.size).toBe(6)
    for (const count of places.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150)
  })
})
