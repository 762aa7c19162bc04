import type { Addresses, Counts, Settings } from "./protocol.js"

const ask = async ({ api }: Addresses, clientId: string, init?: RequestInit): Promise<Counts> => {
  const response = await fetch(`${api}/control/${encodeURIComponent(clientId)}`, init)
  return (await response.json()) as Counts
}

/** Says how the server treats a client from now on. */
export const configure = (
  server: Addresses,
  clientId: string,
  settings: Partial<Settings>
): Promise<Counts> => ask(server, clientId, { method: "PUT", body: JSON.stringify(settings) })

/** How many token requests the server got from a client. */
export const counts = (server: Addresses, clientId: string): Promise<Counts> => ask(server, clientId)
