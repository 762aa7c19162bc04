import { auth0 } from "./auth0.js"
import { azureIdentity } from "./azure-identity.js"
import { badgateway } from "./badgateway.js"
import { cachedEffect } from "./cached-effect.js"
import { googleAuthLibrary } from "./google-auth-library.js"
import { handWritten } from "./hand-written.js"
import { library } from "./library.js"
import { msalNode } from "./msal-node.js"
import { openidClient } from "./openid-client.js"
import type { Peer } from "./peer.js"
import { simpleOauth2 } from "./simple-oauth2.js"

/** This library and what its users would otherwise have. */
export const everyone: ReadonlyArray<Peer> = [
  library,
  msalNode,
  azureIdentity,
  googleAuthLibrary,
  auth0,
  badgateway,
  simpleOauth2,
  openidClient,
  handWritten,
  cachedEffect
]
