import { times } from "../lib/report.js"

/** A ratio, where there is something to compare with. */
export const ratioOf = (ratio: number): string => (Number.isFinite(ratio) ? times(ratio) : "–")
