import { isBuiltin } from "node:module"

/** A loader hook: the packages that the core pulls in must not load Node's own modules, nor the Node platform. */
export async function resolve(specifier, context, next) {
  const parent = context.parentURL ?? ""
  if (parent.includes("/node_modules/") && isBuiltin(specifier)) {
    throw new Error(`${parent} loads ${specifier}`)
  }
  const resolved = await next(specifier, context)
  if (resolved.url.includes("/@effect/platform-node")) throw new Error(`${parent} loads ${resolved.url}`)
  return resolved
}
