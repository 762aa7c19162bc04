import { AccessToken } from "effect-oauth"
import type { TokenError } from "effect-oauth"
import type { TokenStore } from "effect-oauth"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as StoredGrant from "../../src/cache/shared/StoredGrant.js"
import { VirtualTime } from "../support/VirtualTime.js"
import type { Call, Options } from "./Process.js"
import { Process } from "./Process.js"
import type { Settings } from "./Server.js"
import { Server } from "./Server.js"
import { SharedStore } from "./SharedStore.js"

/** When every test begins: no instant of a test is zero. */
export const epoch = Date.UTC(2030, 0, 1)

/** Longer than anything may take. */
const longEnough = 600_000

/**
 * Processes, their store, their server and their clock. Everything happens at once; what takes time in the world that this
 * stands for returns a promise.
 */
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
  start(options: Options = {}, name = String.fromCharCode(65 + this.processes.length)): Promise<Process> {
    const process = new Process(name, this, options)
    this.processes.push(process)
    return Promise.resolve(process.start())
  }

  /** Milliseconds since the beginning. */
  get elapsed(): number {
    return this.time.now - epoch
  }

  settle(): Promise<void> {
    this.time.settle()
    return Promise.resolve()
  }

  pass(millis: number): Promise<void> {
    this.time.advanceTo(this.time.now + millis)
    return Promise.resolve()
  }

  passTo(elapsed: number): Promise<void> {
    this.time.advanceTo(epoch + elapsed)
    return Promise.resolve()
  }

  /** Lets time pass until something is so. */
  async passUntil(isSo: () => boolean): Promise<void> {
    const end = this.time.now + longEnough
    await this.settle()
    while (!isSo()) {
      if (!(this.time.next <= end)) throw new Error("it does not come about")
      await this.passTo(this.time.next - epoch)
    }
  }

  /** The one record of the store. */
  get record(): TokenStore.TokenRecord | undefined {
    const [key, ...others] = this.store.keys.values()
    if (others.length > 0) throw new Error("there is more than one record")
    return key && Option.getOrUndefined(this.store.look(({ load }) => load(key)).record)
  }

  /** Whether the record has an intent. */
  get hasIntent(): boolean {
    return this.record !== undefined && Option.isSome(this.record.presentedAt)
  }

  /** The refresh token in the record. */
  get storedRefreshToken(): string | undefined {
    const stored = this.record && Option.getOrUndefined(StoredGrant.decode(this.record))
    return stored?.refreshToken && Redacted.value(stored.refreshToken)
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
  async exit<A, E>(call: Call<A, E>): Promise<Exit.Exit<A, E>> {
    await this.passUntil(() => call.ended !== undefined)
    return exitOf(call) ?? Exit.die("it has ended")
  }

  /** The value of the token that a call brings. */
  async value(call: Call): Promise<string> {
    return valueOf(await this.token(call))
  }

  async token(call: Call): Promise<AccessToken.AccessToken> {
    return Exit.getOrElse(await this.exit(call), (cause) => {
      throw new Error(Cause.pretty(cause))
    })
  }

  /** The error that a call fails with, in short. */
  async failure(call: Call): Promise<string> {
    return short(await this.error(call))
  }

  /** The error that a call fails with. */
  async error(call: Call): Promise<TokenError.TokenError> {
    const exit = await this.exit(call)
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
