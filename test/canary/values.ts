import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { AccessToken, Grant, TokenProvider } from "effect-oauth"
import type { Entry } from "./lives.js"
import { presented, token, valueOf, vault } from "./lives.js"
import { marks } from "./marks.js"

const isPure = {
  boolean: "tells yes or no",
  arithmetic: "arithmetic on instants",
  profile: "data on how servers spell their answers"
}

export const values: Readonly<Record<string, Entry>> = {
  "AccessToken.AccessToken": Effect.gen(function* () {
    const provider = yield* TokenProvider.make({ name: "app/Api", grant: vault(marks.accessToken) })
    const acquired = yield* provider.get
    return { shows: [token, acquired], holds: [valueOf(token), valueOf(acquired)] }
  }),
  "AccessToken.bearer": "the name of a header and a scheme",
  "AccessToken.header": Effect.sync(() => {
    const header = AccessToken.header(token)
    return { shows: [header], holds: [Redacted.value(header[1])] }
  }),
  "AccessToken.headers": Effect.sync(() => {
    const inAnyHeader = presented({ header: "x-functions-key", scheme: undefined })
    const shows = [token, inAnyHeader].map(AccessToken.headers)
    return { shows, holds: shows.map((headers) => Object.values(headers).join()) }
  }),
  "AccessToken.isExpired": Effect.sync(() => ({
    shows: [AccessToken.isExpired(token)],
    holds: [valueOf(token)]
  })),
  "AccessToken.isExpiredAt": isPure.boolean,
  "AccessToken.isSameValue": isPure.boolean,
  "AccessToken.never": "an instant",
  "AccessToken.remaining": Effect.sync(() => ({
    shows: [AccessToken.remaining(token)],
    holds: [valueOf(token)]
  })),
  "AccessToken.remainingAt": "a duration",
  "Grant.make": Effect.gen(function* () {
    const grant = vault(marks.accessToken)
    const request = grant.request(Option.none())
    const issued = yield* request
    const held: Grant.Held = {
      accessToken: Option.some(token),
      refreshToken: Option.fromNullable(issued.refreshToken),
      presentedAt: Option.none()
    }
    return {
      shows: [grant, request, issued, held, grant.request(Option.some(held))],
      holds: [Redacted.value(issued.value)]
    }
  }),
  "Grant.presentation": "the name of a header and a scheme",
  "RefreshPolicy.defaults": "numbers",
  "RefreshTokenProvider.gracePeriods": "durations",
  "RefreshPolicy.expiresAt": isPure.arithmetic,
  "RefreshPolicy.lastInstant": isPure.arithmetic,
  "RefreshPolicy.make": "numbers, or which of them make no sense",
  "RefreshPolicy.refreshAt": isPure.arithmetic,
  "RefreshPolicy.rejectedWindowEnd": isPure.arithmetic,
  "RefreshPolicy.windowEnd": isPure.arithmetic,
  "ResponseProfile.make": isPure.profile,
  "ResponseProfile.standard": isPure.profile,
  "ResponseProfiles.apigee": isPure.profile,
  "ResponseProfiles.gitHub": isPure.profile,
  "ResponseProfiles.hubSpot": isPure.profile,
  "ResponseProfiles.intuit": isPure.profile,
  "ResponseProfiles.linkedIn": isPure.profile,
  "ResponseProfiles.salesforce": isPure.profile,
  "ResponseProfiles.slackBot": isPure.profile,
  "ResponseProfiles.slackUser": isPure.profile
}
