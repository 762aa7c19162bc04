import type { Schedule } from "./commands.js"
import { laws } from "./laws.js"
import type { Answer } from "./Server.js"

const token = (
  delay: Answer["delay"],
  lifetime: { readonly expiresIn?: number; readonly refreshIn?: number } = {}
): Answer => ({
  delay,
  result: {
    _tag: "Token",
    expiresIn: lifetime.expiresIn ?? 60_000,
    refreshIn: lifetime.refreshIn,
    rotates: false,
    sameValue: false
  }
})

const setting: Schedule["setting"] = { replay: "safe", numbers: laws, random: 0.5, opsBeforeYield: 2048 }

/** Schedules on which the cache and the laws once parted. Every run begins with them. */
export const found: ReadonlyArray<Schedule> = [
  {
    // L12: `refresh_in` wins over a lifetime without end too.
    setting,
    commands: [
      { do: "server", script: [token(50, { expiresIn: Infinity, refreshIn: 5_000 })] },
      { do: "get", times: 1 },
      { do: "advance", by: 5_050 }
    ]
  },
  {
    // L3: after a clear all who waited ask again, and share one new flight, however fast it is and slow they are.
    setting: { ...setting, opsBeforeYield: 17 },
    commands: [
      { do: "server", script: [token(50)] },
      { do: "get", times: 3 },
      { do: "get", times: 1 },
      { do: "clear" },
      { do: "refresh", times: 2 },
      { do: "server", script: [token("at once")] },
      { do: "advance", by: 1_000 }
    ]
  }
]
