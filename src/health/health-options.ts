/** What `health()` and its methods are told, and what they refuse to be told. */
import { abortSignal, duration, type Rule, range } from '../rules.ts'
import { type Rules, text, withMethods } from './rules.ts'

/** Options of `health()`. */
export interface HealthOptions {
  /** Of the service, for reports. Default: `service`. */
  name?: string | undefined
  /** Of the service, for reports. */
  version?: string | undefined
  /** An event loop that was later than this in the last seconds is not live, ms. Default 1000. */
  maxLoopDelay?: number | undefined
}

export const healthRules: Rules<HealthOptions> = { name: text, version: text, maxLoopDelay: duration }

/** Where to listen for HTTP. */
export interface HttpOptions {
  /** Port; 0, the default, picks a free one. */
  port?: number | undefined
  /** Default `127.0.0.1`; a kubelet comes from outside the pod: `0.0.0.0` or `::`. */
  host?: string | undefined
}

export const httpRules: Rules<HttpOptions> = { port: range(0, 65535), host: text }

/** When to stop answering. */
export interface HealthServeOptions {
  /** Stops answering. */
  signal?: AbortSignal | undefined
}

export const serveRules: Rules<HealthServeOptions> = { signal: abortSignal }

export const anySocket: Rule = withMethods('a socket', 'stats', 'once')
export const repOrRespondent: Rule = withMethods('a REP or RESPONDENT', 'serve', 'requests')
export const httpRequest: Rule = withMethods('an http.IncomingMessage', 'on')
export const httpResponse: Rule = withMethods('an http.ServerResponse', 'writeHead', 'end')
