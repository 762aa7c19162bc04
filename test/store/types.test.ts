import { expectTypeOf, it } from "@effect/vitest"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as KeyValueStore from "@effect/platform/KeyValueStore"
import type * as Path from "@effect/platform/Path"
import type * as Layer from "effect/Layer"
import type * as FileTokenStore from "../../src/store/FileTokenStore.js"
import type * as KeyValueTokenStore from "../../src/store/KeyValueTokenStore.js"
import type * as MemoryTokenStore from "../../src/store/MemoryTokenStore.js"
import type { TokenCipher } from "../../src/store/TokenCipher.js"
import type { LeasedTokenStore, TokenStore } from "../../src/store/TokenStore.js"

type Gives<L extends Layer.Layer.Any> = Layer.Layer.Success<L>
type Needs<L extends Layer.Layer.Any> = Layer.Layer.Context<L>

it("a store over a KeyValueStore is not a leased one", () => {
  expectTypeOf<Gives<typeof KeyValueTokenStore.layer>>().toEqualTypeOf<TokenStore>()
})

it("a leased store is usable wherever a store is", () => {
  expectTypeOf<Gives<typeof MemoryTokenStore.layer>>().toEqualTypeOf<TokenStore | LeasedTokenStore>()
  expectTypeOf<Gives<ReturnType<typeof FileTokenStore.layer>>>().toEqualTypeOf<
    TokenStore | LeasedTokenStore
  >()
})

it("S23 a store that outlives its process does not come to be without a cipher", () => {
  expectTypeOf<Needs<typeof KeyValueTokenStore.layer>>().toEqualTypeOf<
    KeyValueStore.KeyValueStore | TokenCipher
  >()
  expectTypeOf<Needs<ReturnType<typeof FileTokenStore.layer>>>().toEqualTypeOf<
    FileSystem.FileSystem | Path.Path | TokenCipher
  >()
})
