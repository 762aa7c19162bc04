/**
 * Breaks the library on purpose, one line at a time, and expects the tests of the broken promise to notice.
 *
 * - `npm run mutants`: the faults of the core.
 * - `npm run mutants -- all`: those of everything.
 * - `npm run mutants -- places`: none; tells whether each row still finds its line. A check of every change.
 * - `npm run mutants -- sharing`: those of one table; `npm run mutants -- core src/cache`: those in it of a folder or file.
 * - `npm run mutants -- L7`: those of one law; `npm run mutants -- src/wire`: those of a folder or file.
 *
 * To add a fault, add a row under its law to a table in `scripts/mutants`. Each group names the test file that should
 * notice; of that run the tests whose names begin with the law.
 */
import { checkPlaces, plantAll } from "./lib/mutation.js"
import { auth0 } from "./mutants/auth0.js"
import { command } from "./mutants/command.js"
import { configuration } from "./mutants/configuration.js"
import { core } from "./mutants/core.js"
import { sharing } from "./mutants/sharing.js"
import { storeCommand } from "./mutants/storeCommand.js"
import { stores } from "./mutants/stores.js"
import { telemetry } from "./mutants/telemetry.js"

const tables = { core, stores, telemetry, configuration, auth0, command, storeCommand, sharing }
const everything = Object.values(tables).flat()

const [first, ...others] = process.argv.slice(2)
const table = Object.entries(tables).find(([name]) => name === first)
if (first === undefined) await plantAll(core, [])
else if (first === "places") await checkPlaces(everything)
else if (first === "all") await plantAll(everything, others)
else if (table !== undefined) await plantAll(table[1], others)
else await plantAll(everything, [first, ...others])
