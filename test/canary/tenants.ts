import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { GenericOAuth, TenantProvider, TokenEvent, TokenKey } from "effect-oauth"
import type { Entry } from "./lives.js"
import { life, otherSecret, served, settings, valueOf, vault } from "./lives.js"
import { marks } from "./marks.js"
import * as Servers from "./servers.js"

class Tenants extends TenantProvider.Tag("app/Tenants")<Tenants>() {}

const ownVault = { grant: () => Effect.succeed(vault(marks.accessToken, marks.nextToken)) }

const key = Effect.map(TokenKey.withSecret({ tenant: "acme", scopes: "read" }, otherSecret), (key) => ({
  shows: [key, Object.values(key), TokenKey.withSecret({}, otherSecret)],
  holds: [marks.otherSecret]
}))

export const tenants: Readonly<Record<string, Entry>> = {
  "TenantProvider.Tag": Effect.gen(function* () {
    const tenants = yield* TenantProvider.make("app/Tenants", ownVault)
    const token = yield* tenants.get({ tenant: "acme" })
    return { shows: [Tenants, Tenants.of(tenants), Context.make(Tenants, tenants)], holds: [valueOf(token)] }
  }),
  "TenantProvider.layer": Effect.gen(function* () {
    const layer = TenantProvider.layer(Tenants, ownVault)
    const built = yield* Layer.build(layer)
    const token = yield* Context.get(built, Tenants).get({ tenant: "acme" })
    return { shows: [layer, built, token], holds: [valueOf(token)] }
  }),
  "TenantProvider.make": Effect.gen(function* () {
    const events: Array<TokenEvent.TokenEvent> = []
    const tenants = yield* TenantProvider.make("app/Tenants", ownVault).pipe(
      Effect.provideService(TokenEvent.TokenEventSink, { emit: (event) => void events.push(event) })
    )
    const { holds, shows } = yield* life(Effect.succeed(tenants.provider({ tenant: "acme" })))
    const refused = yield* served(
      TenantProvider.make("app/Refused", {
        grant: (_, name) => GenericOAuth.grant(name, settings),
        policy: { attempts: 1 }
      }),
      Servers.server(Servers.answer("an error with a description"))
    )
    const error = yield* Effect.flip(refused.get(yield* TokenKey.withSecret({ tenant: "acme" }, otherSecret)))
    const more = [
      yield* tenants.statusAll,
      yield* refused.statusAll,
      yield* tenants.forget({ tenant: "acme" })
    ]
    if (events.every(({ _tag }) => _tag !== "Evicted"))
      return yield* Effect.dieMessage("there was no Evicted")
    return { shows: [...shows, tenants, Object.values(tenants), error, ...more, ...events], holds }
  }),
  "TokenKey.TokenKey": key,
  "TokenKey.make": Effect.map(key, ({ holds, shows }) => ({
    shows: [...shows, TokenKey.make({ tenant: "acme" })],
    holds
  })),
  "TokenKey.secretOf": Effect.map(TokenKey.withSecret({ tenant: "acme" }, otherSecret), (key) => ({
    shows: [TokenKey.secretOf(key)],
    holds: [marks.otherSecret]
  })),
  "TokenKey.withSecret": key
}
