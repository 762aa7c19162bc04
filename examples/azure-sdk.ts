/**
 * An Azure SDK whose tokens come from here. Whatever scopes a client of the SDK asks for, there is one provider for them,
 * so all clients share its token, and none of them waits for a refresh that could have run earlier.
 *
 * Set `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET`, then run
 * `npx tsx --tsconfig tsconfig.test.json examples/azure-sdk.ts`.
 */
import type * as Azure from "@azure/core-auth"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { AzureAd, TokenCredential, TokenError } from "effect-oauth"

/** Stands for a client of the SDK, such as `new BlobServiceClient(url, credential)`. */
class StorageClient {
  constructor(private readonly credential: Azure.TokenCredential) {}

  /** When the token expires that it would send. */
  async tokenExpiry(): Promise<Date | undefined> {
    const token = await this.credential.getToken("https://storage.azure.com/.default")
    return token === null ? undefined : new Date(token.expiresOnTimestamp)
  }
}

const program = Effect.gen(function* () {
  const client = yield* Config.all({
    tenantId: Config.string("AZURE_TENANT_ID"),
    clientId: Config.string("AZURE_CLIENT_ID"),
    clientSecret: Config.redacted("AZURE_CLIENT_SECRET")
  })
  const credential: Azure.TokenCredential = yield* TokenCredential.make((scopes) =>
    AzureAd.make(`azure ${scopes.join(" ")}`, { ...client, scopes })
  )
  const storage = new StorageClient(credential)
  const expiry = yield* Effect.tryPromise({
    try: () => storage.tokenExpiry(),
    catch: (error) => (TokenError.isTokenError(error) ? error : new Cause.UnknownException(error))
  })
  yield* Console.log(`The token for storage expires at ${expiry?.toISOString() ?? "no known time"}.`)
})

program.pipe(
  Effect.catchTag("CredentialRejected", "TransientFailure", (error) => Console.error(error.message)),
  Effect.scoped,
  Effect.provide(FetchHttpClient.layer),
  NodeRuntime.runMain
)
