/** What the commands about a token store understand. */
import * as Options from "@effect/cli/Options"
import * as Option from "effect/Option"
import { common } from "../options.js"

/** Which store, and how to answer. */
export interface StoreOptions {
  readonly store: Option.Option<string>
  readonly envFile: Option.Option<string>
  readonly json: boolean
}

/** Whose records. */
export interface Owner {
  readonly provider: Option.Option<string>
  readonly tenant: Option.Option<string>
}

/** Whether something is the owner's, as far as one is named. */
export const isOf =
  ({ provider, tenant }: Owner) =>
  (key: { readonly provider: string; readonly tenant: string | undefined }): boolean =>
    Option.getOrElse(provider, () => key.provider) === key.provider &&
    Option.getOrElse(tenant, () => key.tenant) === key.tenant

/** The options of every command about a store. */
export const storeOptions = {
  store: Options.text("store").pipe(
    Options.withDescription(
      "files:/a/folder or sqlite:/a/file, in place of OAUTH_STORE. The URL of a database holds a password: for that, OAUTH_STORE alone."
    ),
    Options.optional
  ),
  envFile: common.envFile,
  json: common.json
}

/** The options that name an owner. */
export const ownerOptions = {
  provider: Options.text("provider").pipe(
    Options.withDescription("Of this provider only."),
    Options.optional
  ),
  tenant: Options.text("tenant").pipe(Options.withDescription("Of this tenant only."), Options.optional)
}
