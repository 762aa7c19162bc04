/**
 * `npm run bench`: installs the peers where they are not, builds the library, runs the measures, prints their tables.
 *
 * --only NAME   the measures whose name contains it
 * --quick       fewer rounds; all measures in about two minutes
 * --json FILE   writes the figures, with versions and machine
 * --from FILE   takes the figures from such a file, and measures nothing
 * --plot        draws docs/performance.svg
 * --docs        writes the tables into docs/performance.md
 * --no-build    takes the build that is there
 */
import { parseArgs } from "node:util"
import { runAll } from "./lib/run.js"
import { prepare } from "./lib/prepare.js"
import { figuresOf, readFigures } from "./lib/figures.js"
import { write } from "./lib/output.js"

const { values: options } = parseArgs({
  options: {
    only: { type: "string" },
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    from: { type: "string" },
    plot: { type: "boolean", default: false },
    docs: { type: "boolean", default: false },
    "no-build": { type: "boolean", default: false }
  }
})

const measured = async () => {
  prepare({ build: !options["no-build"] })
  return figuresOf(await runAll({ quick: options.quick, only: options.only ?? "" }), options.quick)
}

const figures = options.from === undefined ? await measured() : readFigures(options.from)
write(figures, options)
if (figures.reports.some(({ wrong }) => wrong.length > 0)) process.exitCode = 1
