import { AccessToken } from "effect-oauth"
import type { TokenError } from "effect-oauth"
import type { TokenStore } from "effect-oauth"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Kept from "../../src/cache/flight/kept.js"
import type { Call, Options } from "./Process.js"
import { Process } from "./Process.js"
import type { Settings } from "./Server.js"
import { Server } from "./Server.js"
import { SharedStore } from "./SharedStore.js"
import { VirtualTime } from "../support/VirtualTime.js"
import "./digests.js"

/** When every test begins: no instant of a test is zero. */
export const epoch = Date.UTC(2030, 0, 1)

/** Longer than anything may take. */
const longEnough = 600_000

/** Processes, their store, their server and their clock. */
export class World {
  readonly time: VirtualTime
  readonly server: Server
  readonly store: SharedStore
  readonly processes: Array<Process> = []

  constructor(settings: Settings & { readonly choose?: (among: number) => number } = {}) {
    this.time = new VirtualTime(epoch, settings.choose)
    this.server = new Server(settings)
    this.store = new SharedStore(this.time)
  }

  /** One more process. */
  start(options: Options = {}, name = String.fromCharCode(65 + this.processes.length)): Process {
    const process = new Process(name, this, options)
    this.processes.push(process)
    return process.start()
  }

  /** Milliseconds since the beginning. */
  get elapsed(): number {
    return this.time.now - epoch
  }

  settle(): void {
    this.time.settle()
  }

  pass(millis: number): void {
    this.time.advanceTo(this.time.now + millis)
  }

  passTo(elapsed: number): void {
    this.time.advanceTo(epoch + elapsed)
  }

  /** Lets time pass until something is so. */
  passUntil(isSo: () => boolean): void {
    const end = this.time.now + longEnough
    this.time.settle()
    while (!isSo()) {
      if (!(this.time.next <= end)) throw new Error("it does not come about")
      this.time.advanceTo(this.time.next)
    }
  }

  /** The one record of the store. */
  get record(): TokenStore.TokenRecord | undefined {
    const [key, ...others] = this.store.keys.values()
    if (others.length > 0) throw new Error("there is more than one record")
    return key && Option.getOrUndefined(this.store.look(({ load }) => load(key)).record)
  }

  /** Whether what is kept is being presented. */
  get isMarked(): boolean {
    return this.record !== undefined && Option.isSome(this.record.presentedAt)
  }

  /** The refresh token that is kept. */
  get keptRefreshToken(): string | undefined {
    const kept = this.record && Option.getOrUndefined(Kept.decode(this.record))
    return kept?.refreshToken && Redacted.value(kept.refreshToken)
  }

  /** How long the lease of whoever has one still lasts. */
  get leased(): number {
    const { record } = this
    return record === undefined
      ? 0
      : Duration.toMillis(this.store.look(({ remaining }) => remaining(record.key)))
  }

  /** Takes the next version of the record and changes nothing in it, as one does who seals it anew. */
  rekey(): void {
    const { record } = this
    if (record === undefined) throw new Error("there is no record")
    this.store.look(({ save }) => save(record, record.version))
  }

  /** Somebody removes the record. */
  remove(): void {
    const { record } = this
    if (record === undefined) throw new Error("there is no record")
    this.store.look(({ remove }) => remove(record.key, record.version))
  }

  /** How a call ends, however long that takes. */
  exit<A, E>(call: Call<A, E>): Exit.Exit<A, E> {
    this.passUntil(() => call.ended !== undefined)
    return exitOf(call) ?? Exit.die("it has ended")
  }

  /** The value of the token that a call brings. */
  value(call: Call): string {
    return valueOf(this.token(call))
  }

  token(call: Call): AccessToken.AccessToken {
    return Exit.getOrElse(this.exit(call), (cause) => {
      throw new Error(Cause.pretty(cause))
    })
  }

  /** The error that a call fails with, in short. */
  failure(call: Call): string {
    return short(this.error(call))
  }

  /** The error that a call fails with. */
  error(call: Call): TokenError.TokenError {
    const exit = this.exit(call)
    const error = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.failureOption(exit.cause)) : undefined
    if (error === undefined) throw new Error("expected a failure")
    return error
  }
}

/** An error in short. */
export const short = (error: TokenError.TokenError): string => `${error._tag} ${error.reason}`

/** How a call has ended, if it has. */
export const exitOf = <A, E>({ ended }: Call<A, E>): Exit.Exit<A, E> | undefined => ended?.exit

export const valueOf = (token: AccessToken.AccessToken): string => Redacted.value(token.value)
