/** One span for each request at who asks, one at who answers, and the context of the first around the second. */
import { context, propagation, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Rep, Req, RequestOptions, Respondent } from 'hubless'
import { type Headers, unwrap, wrap } from './envelope.ts'

const tracer = trace.getTracer('hubless')

/** As `req.request`, in a span. */
export function request(req: Req, body: string | Uint8Array, options?: RequestOptions): Promise<Buffer> {
  const attributes = { 'rpc.system': 'hubless', 'hubless.socket': req.name }
  return tracer.startActiveSpan(`request ${req.name}`, { kind: SpanKind.CLIENT, attributes }, (span) => {
    const headers: Headers = {}
    propagation.inject(context.active(), headers)
    return finish(span, req.request(wrap(headers, body), options))
  })
}

type Handler = (request: { readonly body: Buffer; readonly signal: AbortSignal }) => string | Promise<string>

/** As `rep.serve`, each handler in a span. */
export function serve(rep: Rep | Respondent, handler: Handler): Promise<void> {
  const attributes = { 'rpc.system': 'hubless', 'hubless.socket': rep.name }
  return rep.serve(({ body: bytes, pipe, signal }) => {
    const { headers, body } = unwrap(bytes)
    const parent = propagation.extract(context.active(), headers)
    const options = { kind: SpanKind.SERVER, attributes: { ...attributes, 'network.peer.address': pipe.address } }
    return tracer.startActiveSpan(`serve ${rep.name}`, options, parent, (span) => {
      return finish(span, (async () => handler({ body, signal }))())
    })
  })
}

async function finish<T>(span: Span, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    span.setStatus({ code: SpanStatusCode.ERROR, message })
    throw error
  } finally {
    span.end()
  }
}
