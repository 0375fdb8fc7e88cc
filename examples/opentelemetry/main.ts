/** A service and who asks it, with metrics and traces. The exporters keep what they get; a real program has OTLP ones here. */
import { context, metrics, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { Rep, Req } from 'hubless'
import { observeSockets } from './metrics.ts'
import { request, serve } from './tracing.ts'

const spans = new InMemorySpanExporter()
const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const meterProvider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter: measured })] })
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
propagation.setGlobalPropagator(new W3CTraceContextPropagator())
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }))
metrics.setGlobalMeterProvider(meterProvider)
observeSockets(metrics.getMeter('hubless'))

const rep = new Rep({ name: 'orders' })
const { url } = await rep.bind('tcp://127.0.0.1:0')
serve(rep, async ({ body }) => {
  if (`${body}` === 'nonsense') throw new Error('no such order')
  // Spans in here are children of the one of the handler.
  return trace.getTracer('orders').startActiveSpan('look up', (span) => {
    span.end()
    return `${body}: sent`
  })
})

const req = new Req({ name: 'shop' })
req.connect(url)
console.log(`${await request(req, 'order 7', { timeout: 5000 })}`)
await request(req, 'nonsense', { timeout: 100 }).catch(({ code }) => console.log(code))
console.log(`${await req.request('order 8, of somebody without an envelope')}`)

await meterProvider.forceFlush()
await Promise.all([req.close(), rep.close()])

const finished = spans.getFinishedSpans()
const asked = finished.find(({ name }) => name === 'request shop')
for (const { name, parentSpanContext } of finished.filter(
  (span) => span.spanContext().traceId === asked?.spanContext().traceId
)) {
  const parent = finished.find((span) => span.spanContext().spanId === parentSpanContext?.spanId)
  console.log(`span ${name}, child of ${parent?.name ?? 'nothing'}`)
}
const found = measured.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
for (const { descriptor, dataPoints } of found) {
  for (const { attributes, value } of dataPoints) {
    if (descriptor.name === 'hubless.drops') {
      console.log(`${descriptor.name} ${attributes.socket} ${attributes.reason}: ${value}`)
    }
  }
}
await meterProvider.shutdown()

// Prints:
// order 7: sent
// ETIMEDOUT
// order 8, of somebody without an envelope: sent
// span look up, child of serve orders
// span serve orders, child of request shop
// span request shop, child of nothing
// hubless.drops orders handler-error: 1
