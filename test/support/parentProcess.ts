/** How a program that a test has started exchanges messages with it; see `childProcess.ts`. */
import type { Message } from "./childProcess.js"

/** Sends a message at once: it arrives even if this process is killed right after. */
export const tell = <Out extends Message>(message: Out): void => void process.send?.(message)

/** Calls with every message. The process ends when the test is gone. */
export const listen = <In>(listener: (message: In) => void): void => {
  process.on("message", listener)
  process.once("disconnect", () => process.exit())
}
