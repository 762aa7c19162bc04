import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace-base"
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"

/** OpenTelemetry's exporter in memory, which keeps its spans when it is shut down. */
export const keptSpans = (): {
  readonly spanProcessor: SpanProcessor
  readonly finished: () => ReadonlyArray<ReadableSpan>
} => {
  const exporter = new InMemorySpanExporter()
  const spanProcessor = new SimpleSpanProcessor({
    export: (spans, done) => exporter.export(spans, done),
    shutdown: () => Promise.resolve(),
    forceFlush: () => Promise.resolve()
  })
  return { spanProcessor, finished: () => exporter.getFinishedSpans() }
}
