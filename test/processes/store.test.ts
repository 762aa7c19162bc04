import { layer } from "@effect/vitest"
import * as Contention from "../store/support/contention.js"
import type { Kind } from "../store/support/emptyLocations.js"
import { atMost, sized } from "./support/size.js"

const processes = atMost(8)

layer(Contention.Program.layer, { excludeTestServices: true })(
  `S26 ${processes} processes that share a store`,
  (it) => {
    for (const kind of ["PostgreSQL", "SQLite", "files"] satisfies ReadonlyArray<Kind>) {
      it.scoped(`lose no update of a record that all of them change, on ${kind}`, () =>
        Contention.losesNoUpdate(kind, { processes, times: sized(50) })
      )

      it.scoped(`lose none while they are killed and replaced, on ${kind}`, () =>
        Contention.losesNoUpdateWhileKilled(kind, { processes: atMost(4), kills: sized(15) })
      )

      it.scoped(`take turns with a lease, and lose nothing, on ${kind}`, () =>
        Contention.takesTurns(kind, { processes, times: sized(25) })
      )

      it.scoped(`never have two holders of one lease, while they are killed and replaced, on ${kind}`, () =>
        Contention.neverTwoHoldersWhileKilled(kind, { processes: atMost(4), kills: sized(15) })
      )

      it.scoped(`leave no lock behind beyond the lease of a holder that was killed, on ${kind}`, () =>
        Contention.leavesNoLockBehind(kind)
      )
    }
  }
)
