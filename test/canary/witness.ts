import * as Headers from "@effect/platform/Headers"
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import type * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { TokenEvent } from "effect-oauth"
import { Console } from "node:console"
import { Writable } from "node:stream"
import { inspect } from "node:util"
import { marksIn } from "./marks.js"
import { everything, raw, renderings } from "./renderings.js"

/** A value, and what can be read in it by those who are meant to: so that it is known to hold a secret. */
export interface Exhibit {
  readonly shows: ReadonlyArray<unknown>
  readonly holds: ReadonlyArray<string>
}

/** What came to light. */
export interface Findings {
  readonly leaks: ReadonlyArray<string>
  readonly events: ReadonlyArray<TokenEvent.TokenEvent>
  readonly spans: number
  readonly logs: number
}

/** A span of which everything is kept that an exporter gets to see. */
class Span implements Tracer.Span {
  readonly _tag = "Span"
  readonly traceId = "trace"
  readonly sampled = true
  readonly attributes = new Map<string, unknown>()
  readonly events: Array<unknown> = []
  status: Tracer.SpanStatus

  constructor(
    readonly spanId: string,
    readonly name: string,
    readonly parent: Option.Option<Tracer.AnySpan>,
    readonly context: Context.Context<never>,
    readonly links: Array<Tracer.SpanLink>,
    startTime: bigint,
    readonly kind: Tracer.SpanKind
  ) {
    this.status = { _tag: "Started", startTime }
  }

  end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    this.status = { _tag: "Ended", startTime: this.status.startTime, endTime, exit }
  }

  attribute(key: string, value: unknown): void {
    this.attributes.set(key, value)
  }

  event(name: string, startTime: bigint, attributes?: Record<string, unknown>): void {
    this.events.push({ name, startTime, attributes })
  }

  addLinks(links: ReadonlyArray<Tracer.SpanLink>): void {
    this.links.push(...links)
  }
}

const recordingTracer = (spans: Array<Span>): Tracer.Tracer =>
  Tracer.make({
    span: (name, parent, context, links, startTime, kind) => {
      const span = new Span(`span-${spans.length}`, name, parent, context, [...links], startTime, kind)
      spans.push(span)
      return span
    },
    context: (f) => f()
  })

/** What a span tells: the rest of it is other spans. */
const told = ({ attributes, events, links, name, status }: Span): ReadonlyArray<unknown> => [
  name,
  attributes,
  events,
  links.map(({ attributes }) => attributes),
  ...(status._tag === "Ended" && Exit.isFailure(status.exit)
    ? [status.exit, Cause.prettyErrors(status.exit.cause), Cause.squash(status.exit.cause)]
    : [status])
]

const recordingConsole = (lines: Array<string>): Console => {
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      lines.push(chunk.toString())
      done()
    }
  })
  return new Console({ stdout: stream, stderr: stream })
}

/** Effect's loggers, all of them, into a list of lines. */
const loggers = (lines: Array<string>): Layer.Layer<never> => {
  const texts = [Logger.stringLogger, Logger.logfmtLogger, Logger.jsonLogger].map((logger) =>
    Logger.map(logger, (text) => void lines.push(text))
  )
  const objects = Logger.map(Logger.structuredLogger, (entry) => {
    lines.push(JSON.stringify(entry), inspect(entry, { depth: Infinity }))
  })
  const custom = Logger.make(({ annotations, cause, message }) => {
    lines.push(inspect([...annotations, message, cause], everything))
  })
  const pretty = [
    Logger.prettyLogger({ mode: "tty", colors: false }),
    Logger.prettyLogger({ mode: "browser", colors: false })
  ]
  return [...texts, objects, custom, ...pretty].reduce<Layer.Layer<never>>(
    (layer, logger) => Layer.merge(layer, Logger.add(logger)),
    Layer.merge(Logger.remove(Logger.defaultLogger), Logger.minimumLogLevel(LogLevel.All))
  )
}

/** Has somebody log a value in every way in which one does. Nobody fails with headers. */
const logged = (value: unknown): Effect.Effect<void> =>
  Effect.log(value).pipe(
    Effect.zipRight(Effect.log("a message", { nested: [value] })),
    Effect.zipRight(
      Headers.isHeaders(value)
        ? Effect.void
        : Effect.logError("it failed", Cause.sequential(Cause.fail(value), Cause.die(value)))
    ),
    Effect.zipRight(Effect.annotateCurrentSpan({ value })),
    Effect.annotateLogs({ value, nested: { value } }),
    Effect.withSpan("a span of the application", { attributes: { value } })
  )

/** Runs an effect, looks at all that it shows, and at all that was logged, traced and emitted meanwhile. */
export const witness = <E, R>(exhibit: Effect.Effect<Exhibit, E, R>): Effect.Effect<Findings, E, R> =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const spans: Array<Span> = []
    const events: Array<TokenEvent.TokenEvent> = []
    const console = yield* Effect.console
    const shown = yield* Deferred.make<Exhibit>()
    yield* exhibit.pipe(
      Effect.tap(({ shows }) => Effect.forEach(shows, logged, { discard: true })),
      Effect.flatMap((exhibit) => Deferred.succeed(shown, exhibit)),
      Effect.withSpan("the caller"),
      Effect.provideService(TokenEvent.TokenEventSink, { emit: (event) => void events.push(event) }),
      Effect.withTracer(recordingTracer(spans)),
      Effect.withConsole({ ...console, unsafe: recordingConsole(lines) }),
      Effect.provide(loggers(lines))
    )
    const { holds, shows } = yield* Deferred.await(shown)
    if (holds.length === 0) return yield* Effect.dieMessage("nothing shows that there was a secret in it")
    const bare = holds.filter((text) => marksIn(text).length === 0)
    if (bare.length > 0) return yield* Effect.dieMessage(`there is no secret in: ${bare.join(", ")}`)
    const leaksOf = (where: string, value: unknown) =>
      renderings(value).flatMap(([way, text]) => marksIn(text).map((mark) => `${where}, by ${way}: ${mark}`))
    const leaks = [
      ...shows.flatMap((value, index) => leaksOf(`value ${index}`, value)),
      // headers are strings, for those who ask for them and for nobody else
      ...shows.filter((value) => !Headers.isHeaders(value)).flatMap((value) => marksIn(inspect(value, raw))),
      ...lines.flatMap((line) => marksIn(line).map((mark) => `a log: ${mark}`)),
      ...spans.flatMap((span) => told(span).flatMap((part) => leaksOf(`span ${span.name}`, part))),
      ...events.flatMap((event) => leaksOf(`event ${event._tag}`, event)),
      ...leaksOf("a metric", yield* Metric.snapshot)
    ]
    return { leaks: [...new Set(leaks)], events, spans: spans.length, logs: lines.length }
  })
