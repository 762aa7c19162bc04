/**
 * A client that is derived from an `HttpApi` and carries a token. Such a client takes a plain `HttpClient` only, so what
 * goes wrong with the token is folded into `RequestError`, where `retryTransient` understands it.
 *
 * Set `OAUTH2_ISSUER`, `OAUTH2_CLIENT_ID`, `OAUTH2_CLIENT_SECRET` and `BILLING_URL`, then run
 * `npx tsx --tsconfig tsconfig.test.json examples/http-api-client.ts`.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpClient from "@effect/platform/HttpClient"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { BearerClient, GenericOAuth, TokenError, TokenProvider } from "effect-oauth"

class Invoice extends Schema.Class<Invoice>("Invoice")({ id: Schema.String, total: Schema.Number }) {}

class Invoices extends HttpApiGroup.make("invoices").add(
  HttpApiEndpoint.get("list", "/invoices").addSuccess(Schema.Array(Invoice))
) {}

class BillingApi extends HttpApi.make("billing").add(Invoices) {}

class Billing extends TokenProvider.Tag("app/Billing")<Billing>() {}

const BillingLive = GenericOAuth.layerConfig(Billing, {
  issuer: Config.string("OAUTH2_ISSUER"),
  clientId: Config.string("OAUTH2_CLIENT_ID"),
  clientSecret: Config.redacted("OAUTH2_CLIENT_SECRET")
})

const program = Effect.gen(function* () {
  const { origin } = yield* Config.url("BILLING_URL")
  const bearer = yield* BearerClient.transform(Billing, { origins: [origin] })
  const billing = yield* HttpApiClient.make(BillingApi, {
    baseUrl: origin,
    transformClient: (client) => HttpClient.retryTransient(BearerClient.fold(bearer(client)), { times: 2 })
  })
  yield* Console.log(yield* billing.invoices.list())
})

program.pipe(
  Effect.catchTag("RequestError", (error) =>
    TokenError.isTokenError(error.cause)
      ? Console.error(`There is no token: ${error.cause.message}`)
      : Console.error(`The request was not sent: ${error.message}`)
  ),
  Effect.provide(Layer.provideMerge(BillingLive, FetchHttpClient.layer)),
  NodeRuntime.runMain
)
