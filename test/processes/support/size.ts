/** How large a campaign is: `CAMPAIGN_SIZE` is its part of the full size, and the machine's cores bound its processes. */
import { availableParallelism } from "node:os"

const size = Number(process.env["CAMPAIGN_SIZE"] ?? 1)
if (!(size > 0)) throw new Error("CAMPAIGN_SIZE: expected a number over 0")

/** How often something is done. */
export const sized = (times: number): number => Math.max(1, Math.round(times * size))

/** How many processes there are: so many, but four a core at most. */
export const atMost = (processes: number): number => Math.min(processes, 4 * availableParallelism())
