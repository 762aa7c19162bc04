import type * as SqlClient from "@effect/sql/SqlClient"
import { describe, it, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as StoreLaws from "../../../src/testing/StoreLaws.js"
import { LeasedTokenStore } from "../../../src/store/TokenStore.js"
import { ciphers } from "../support/keys.js"
import { databases, shared } from "./support/databases.js"
import { pass, storeIn } from "./support/store.js"

for (const [name, database] of Object.entries(databases)) {
  for (const [cipherName, cipher] of Object.entries(ciphers)) {
    layer(storeIn(database, { cipher }))(`a store in ${name}, ${cipherName}`, (it) => {
      for (const law of StoreLaws.recordLaws) {
        it.effect(law.name, () => Effect.flatMap(LeasedTokenStore, law.check))
      }
      for (const law of StoreLaws.leaseLaws) {
        it.effect(law.name, () =>
          Effect.gen(function* () {
            const context = yield* Effect.context<SqlClient.SqlClient>()
            yield* law.check(yield* LeasedTokenStore, { pass: (by) => Effect.provide(pass(by), context) })
          })
        )
      }
    })
  }
}

for (const [name, database] of Object.entries(shared)) {
  describe(`two stores in ${name}`, () => {
    for (const law of StoreLaws.siblingLaws) {
      it.scoped(law.name, () =>
        Effect.gen(function* () {
          const reach = yield* database
          const store = Effect.map(Layer.build(storeIn(Effect.succeed(reach))), Context.get(LeasedTokenStore))
          const [one, other] = yield* Effect.all([store, store], { concurrency: "unbounded" })
          yield* law.check(one, other)
        })
      )
    }
  })
}
