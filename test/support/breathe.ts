import { afterEach } from "vitest"

// Tests that never leave the microtask queue would keep this process from hearing its test runner for too long.
afterEach(() => new Promise<void>((resolve) => setImmediate(resolve)))
