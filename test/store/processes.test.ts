import { layer } from "@effect/vitest"
import type { Kind } from "./support/emptyLocations.js"
import * as Contention from "./support/contention.js"

// `npm run test:processes` has more processes, which compete for longer
layer(Contention.Program.layer, { excludeTestServices: true })("S26 processes that share a store", (it) => {
  for (const kind of ["PostgreSQL", "SQLite", "files"] satisfies ReadonlyArray<Kind>) {
    it.scoped(`lose no update of a record that all of them change, on ${kind}`, () =>
      Contention.losesNoUpdate(kind, { processes: 3, times: 15 })
    )

    it.scoped(`take turns with a lease, and lose nothing, on ${kind}`, () =>
      Contention.takesTurns(kind, { processes: 3, times: 5 })
    )
  }

  it.scoped("lose no update while they are killed and replaced, on files", () =>
    Contention.losesNoUpdateWhileKilled("files", { processes: 2, kills: 2 })
  )

  it.scoped("never have two holders of one lease, while they are killed and replaced, on files", () =>
    Contention.neverTwoHoldersWhileKilled("files", { processes: 2, kills: 2 })
  )

  it.scoped("leave no lock behind beyond the lease of a holder that was killed, on files", () =>
    Contention.leavesNoLockBehind("files")
  )
})
