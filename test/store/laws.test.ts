import { describe, it } from "@effect/vitest"
import * as KeyValueStore from "@effect/platform/KeyValueStore"
import * as StoreLaws from "../../src/testing/StoreLaws.js"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import * as FileTokenStore from "../../src/store/FileTokenStore.js"
import * as KeyValueTokenStore from "../../src/store/KeyValueTokenStore.js"
import * as MemoryTokenStore from "../../src/store/MemoryTokenStore.js"
import * as SealedTokenStore from "../../src/store/SealedTokenStore.js"
import { LeasedTokenStore, TokenStore, layerLeased } from "../../src/store/TokenStore.js"
import { NodeFiles, temporaryDirectory } from "./support/files.js"
import { ciphers } from "./support/keys.js"

const time: StoreLaws.Time = { pass: (by) => TestClock.adjust(by) }

const sealedMemory = layerLeased(Effect.flatMap(MemoryTokenStore.make, SealedTokenStore.make))

const files = Layer.unwrapScoped(
  Effect.map(temporaryDirectory, (directory) => FileTokenStore.layer({ directory }))
).pipe(Layer.provide(NodeFiles), Layer.orDie)

const valuesInFiles = Layer.unwrapScoped(
  Effect.map(temporaryDirectory, (directory) => KeyValueStore.layerFileSystem(directory))
).pipe(Layer.provide(NodeFiles), Layer.orDie)

const stores = {
  "in memory": sealedMemory,
  "over values in memory": Layer.provide(KeyValueTokenStore.layer, KeyValueStore.layerMemory),
  "over values in files": Layer.provide(KeyValueTokenStore.layer, valuesInFiles),
  "in files": files
}

for (const [cipherName, cipher] of Object.entries(ciphers)) {
  for (const [name, store] of Object.entries(stores)) {
    it.layer(Layer.provide(store, cipher))(`a store ${name}, ${cipherName}`, (it) => {
      for (const law of StoreLaws.recordLaws) {
        it.effect(law.name, () => Effect.flatMap(TokenStore, law.check))
      }
    })
  }

  for (const [name, store] of Object.entries({ "in memory": sealedMemory, "in files": files })) {
    it.layer(Layer.provide(store, cipher))(`leases ${name}, ${cipherName}`, (it) => {
      for (const law of StoreLaws.leaseLaws) {
        it.effect(law.name, () => Effect.flatMap(LeasedTokenStore, (store) => law.check(store, time)))
      }
    })
  }
}

describe("two stores in one directory", () => {
  for (const [name, cipher] of Object.entries(ciphers)) {
    for (const law of StoreLaws.siblingLaws) {
      it.scoped(`${law.name}, ${name}`, () =>
        Effect.gen(function* () {
          const directory = yield* temporaryDirectory
          const store = FileTokenStore.make({ directory })
          yield* law.check(yield* store, yield* store)
        }).pipe(Effect.provide(Layer.merge(NodeFiles, cipher)))
      )
    }
  }
})
