/** A file of src and one file that it imports, both relative to src, with forward slashes. */
export interface Import {
  readonly from: string
  readonly to: string
}

export interface Breach {
  readonly file: string
  readonly message: string
}

/** The house: a room is a folder or a file directly under src. */
const floors: ReadonlyMap<string, number> = new Map([
  ["token", 1],
  ["wire", 2],
  ["store", 2],
  ["grant", 3],
  ["cache", 3],
  ["TokenProvider.ts", 4],
  ["provider", 5],
  ["TokenManager.ts", 5],
  ["TenantProvider.ts", 5],
  ["user", 5],
  ["http", 5],
  ["telemetry", 5],
  ["config", 6],
  ["node", 6],
  ["auth0", 6],
  ["sql", 6],
  ["service", 7],
  ["cli", 8]
])

/** Rooms that stand beside the floors, and the rooms that each may not import. */
const beside: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["index.ts", new Set(["testing"])],
  ["testing", new Set(["index.ts", "service", "cli"])]
])

/** Imports that the floors forbid and the house allows all the same, each with its reason. Paths or path prefixes. */
const exceptions: ReadonlyArray<{ readonly from: string; readonly to: string; readonly because: string }> = []

/** In these rooms every file or folder stands alone, but for the helpers that all of them may use. */
const strangers: ReadonlyMap<string, ReadonlySet<string>> = new Map([["provider", new Set(["internal"])]])

const roomOf = (file: string): string => file.split("/", 1)[0] ?? file

const neighbourOf = (file: string): string => (file.split("/")[1] ?? file).replace(/\.ts$/, "")

const covers = (path: string, file: string): boolean => file === path || file.startsWith(`${path}/`)

function refusal({ from, to }: Import): string | undefined {
  const fromRoom = roomOf(from)
  const toRoom = roomOf(to)
  if (exceptions.some((one) => covers(one.from, from) && covers(one.to, to))) return undefined

  if (fromRoom === toRoom) {
    const helpers = strangers.get(fromRoom)
    if (helpers === undefined || helpers.has(neighbourOf(to)) || neighbourOf(from) === neighbourOf(to)) {
      return undefined
    }
    return `imports ${to}: files of ${fromRoom} know nothing of each other`
  }

  const forbidden = beside.get(fromRoom)
  if (forbidden !== undefined) {
    return forbidden.has(toRoom) ? `imports ${to}: ${fromRoom} may not import ${toRoom}` : undefined
  }
  if (beside.has(toRoom)) return `imports ${to}: nothing in src imports ${toRoom}`

  const fromFloor = floors.get(fromRoom)
  const toFloor = floors.get(toRoom)
  // An unknown room is reported once for the file, not for each of its imports.
  if (fromFloor === undefined || toFloor === undefined || toFloor < fromFloor) return undefined
  return toFloor > fromFloor
    ? `imports ${to}: upwards, from floor ${fromFloor} to floor ${toFloor}`
    : `imports ${to}: sideways, from ${fromRoom} to ${toRoom} on floor ${fromFloor}`
}

/** Every loop that a depth-first walk meets, each as the files in order with the first one repeated at the end. */
function findLoops(imports: ReadonlyArray<Import>): ReadonlyArray<ReadonlyArray<string>> {
  const next = new Map<string, Array<string>>()
  for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to])
  const loops: Array<ReadonlyArray<string>> = []
  const done = new Set<string>()
  const path: Array<string> = []
  const visit = (file: string): void => {
    const at = path.indexOf(file)
    if (at !== -1) {
      loops.push([...path.slice(at), file])
      return
    }
    if (done.has(file)) return
    path.push(file)
    next.get(file)?.forEach(visit)
    path.pop()
    done.add(file)
  }
  for (const file of next.keys()) visit(file)
  return loops
}

export function checkFloors(
  files: ReadonlyArray<string>,
  imports: ReadonlyArray<Import>
): ReadonlyArray<Breach> {
  const breaches: Array<Breach> = []
  for (const file of files) {
    const room = roomOf(file)
    if (!floors.has(room) && !beside.has(room)) {
      breaches.push({
        file,
        message: `${room} is no room of the house: name its floor in scripts/lib/floors.ts`
      })
    }
  }
  for (const one of imports) {
    const message = refusal(one)
    if (message !== undefined) breaches.push({ file: one.from, message })
  }
  for (const loop of findLoops(imports)) {
    breaches.push({ file: loop[0] ?? "", message: `import loop: ${loop.join(" -> ")}` })
  }
  return breaches
}
