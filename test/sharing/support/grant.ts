/** A grant, and the processes that share it. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Location } from "../../store/support/locations.js"
import { bundledProgram } from "../../support/bundledProgram.js"
import * as Child from "../../support/childProcess.js"
import * as RotatingServer from "../../support/rotatingServer.js"
import type { Command, Job, Message, ProviderSettings } from "./messages.js"

/** The messages of one type. */
export type Told<T extends Message["type"]> = Child.OfType<Message, T>

export interface Worker extends Child.Worker<Command, Message> {
  /** Refreshes its token, once it has one; the outcome is the failure, if any. */
  readonly refresh: Effect.Effect<string | undefined>
  /** Lets it finish its gets; ends when it has ended. */
  readonly stop: Effect.Effect<Told<"done">>
}

/** An authorization server, and the program of its clients. */
export class Fixture extends Context.Tag("test/sharing/Fixture")<
  Fixture,
  {
    readonly server: RotatingServer.RotatingServer
    /** A worker that waits for its job. */
    readonly idle: Effect.Effect<Worker, never, Scope.Scope>
    readonly start: (job: Job) => Effect.Effect<Worker, never, Scope.Scope>
  }
>() {
  static readonly layer = Layer.scoped(
    Fixture,
    Effect.gen(function* () {
      const [server, program] = yield* Effect.all(
        [RotatingServer.make, bundledProgram("test/sharing/support/worker.ts")],
        { concurrency: "unbounded" }
      )
      const idle = Effect.map(Child.startWorker<Command, Message>(program), workerOf)
      const start = (job: Job) => Effect.tap(idle, ({ send }) => send({ type: "job", job }))
      return { server, idle, start }
    })
  )
}

const workerOf = (worker: Child.Worker<Command, Message>): Worker => ({
  ...worker,
  refresh: Effect.gen(function* () {
    yield* worker.tells("token")
    const refreshed = yield* Effect.fork(worker.next("refreshed"))
    yield* Effect.yieldNow()
    yield* worker.send({ type: "refresh" })
    return (yield* Fiber.join(refreshed)).failure
  }),
  stop: worker
    .send({ type: "stop" })
    .pipe(Effect.zipRight(worker.tells("done")), Effect.zipLeft(worker.ended))
})

/** Settings of a job that differ from the usual. */
type Changes = Partial<Omit<Job, "location">>

/** A client of the server, and the login of a person that it has. */
export interface Grant {
  readonly client: string
  readonly refreshToken: string
  /** The person logs in again. */
  readonly newLogin: Effect.Effect<string>
  /** The settings of a provider of the grant, but for the location of its store. */
  readonly settings: Omit<ProviderSettings, "location">
  /** The job of a process: one fiber asks, unless told otherwise. */
  readonly job: (location: Location, changes?: Changes) => Job
  readonly start: (location: Location, changes?: Changes) => Effect.Effect<Worker, never, Scope.Scope>
  readonly requests: Effect.Effect<ReadonlyArray<RotatingServer.TokenRequest>>
  /** When this many requests were answered with a token. */
  readonly issued: (count: number) => Effect.Effect<void>
  /** The next request stops there, until it is let go or lost. The inner effect ends when it has stopped. */
  readonly hold: (at: "arrived" | "handled") => Effect.Effect<Effect.Effect<void>>
  /** Ends when its response was sent, or could not be. */
  readonly letGo: Effect.Effect<void>
  readonly lose: Effect.Effect<unknown>
}

/** Longer than a process with something to do ever waits, however busy the machine. */
export const patience = 120_000

/** A new client with a login. */
export const makeGrant = (client: RotatingServer.ClientSettings): Effect.Effect<Grant, never, Fixture> =>
  Effect.gen(function* () {
    const { server, start } = yield* Fixture
    const { id, secret } = yield* server.ask("register", client)
    const newLogin = Effect.map(server.ask("mint", { client: id }), ({ refreshToken }) => refreshToken)
    const refreshToken = yield* newLogin
    const settings = { tokenUrl: server.tokenUrl, clientId: id, clientSecret: secret, refreshToken }
    const job: Grant["job"] = (location, changes) => ({
      location,
      ...settings,
      // a busy machine is slow, which is no failure of the store or the server
      timeout: patience / 2,
      deadline: patience / 2,
      fibers: 1,
      pause: 20,
      patience,
      ...changes
    })
    const isOurs = ({ client }: RotatingServer.News) => client === id
    return {
      client: id,
      refreshToken,
      newLogin,
      settings,
      job,
      start: (location, changes) => start(job(location, changes)),
      requests: server.ask("requests", { client: id }),
      issued: (count) =>
        Effect.suspend(() => {
          let issued = 0
          return server.tells("handled", (news) => isOurs(news) && news.status === 200 && ++issued === count)
        }),
      hold: (at) =>
        Effect.forkDaemon(server.next("held", isOurs)).pipe(
          Effect.zipLeft(server.ask("hold", { client: id, at })),
          Effect.map((held) => Effect.asVoid(Fiber.join(held)))
        ),
      letGo: Effect.gen(function* () {
        const over = yield* Effect.fork(server.next("over", isOurs))
        yield* server.ask("letGo", { client: id })
        yield* Fiber.join(over)
      }),
      lose: server.ask("lose", { client: id })
    }
  })
