import { expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { LruMap } from "../../src/cache/LruMap.js"

const key = FastCheck.constantFrom("a", "b", "c", "d", "e")
const command = FastCheck.oneof(
  FastCheck.record({ act: FastCheck.constantFrom("use", "add", "remove", "touchOldest"), key })
)

it("L14 bounded: the oldest entry is the one that was not used for the longest time", () => {
  FastCheck.assert(
    FastCheck.property(FastCheck.array(command, { maxLength: 60 }), (commands) => {
      const map = new LruMap<string>()
      // the oldest first
      let model: ReadonlyArray<string> = []
      const used = (key: string) => [...model.filter((other) => other !== key), key]
      for (const [now, { act, key }] of commands.entries()) {
        const isKnown = model.includes(key)
        if (act === "use") {
          expect(map.use(key, now)).toBe(isKnown ? `value of ${key}` : undefined)
          if (isKnown) model = used(key)
        } else if (act === "add" && !isKnown) {
          map.add(key, `value of ${key}`, now)
          model = used(key)
        } else if (act === "remove") {
          expect(map.remove(key)).toBe(isKnown ? `value of ${key}` : undefined)
          model = model.filter((other) => other !== key)
        } else if (act === "touchOldest" && map.oldest !== undefined && model[0] !== undefined) {
          map.touch(map.oldest, now)
          model = used(model[0])
        }
        expect(map.size).toBe(model.length)
        expect([...map.entries()].map((entry) => entry.key).sort()).toEqual([...model].sort())
        expect(map.peek(key)).toBe(model.includes(key) ? `value of ${key}` : undefined)
        const order: Array<string> = []
        for (let entry = map.oldest; entry !== undefined; entry = entry.newer) order.push(entry.key)
        expect(order).toEqual(model)
      }
    }),
    { numRuns: 2000 }
  )
})
