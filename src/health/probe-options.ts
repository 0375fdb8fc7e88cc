/** What a probe is told, and what it refuses to be told. */
import { abortSignal, boolean, check, duration, notAllowed, object, range } from '../rules.ts'
import { type Expectation, matcher } from './expect.ts'
import { type ProtocolName, protocolNames } from './protocols.ts'
import { type Level, levels } from './result.ts'
import { checkOptions, oneOf, type Rules, text } from './rules.ts'

/** Options of `probe()`. */
export interface ProbeOptions {
  /** Default `header`. */
  level?: Level | undefined
  /** The endpoint must speak this, such as `rep`. */
  protocol?: ProtocolName | undefined
  /** What to ask at the levels `request` and `survey`. Default: an empty message. */
  request?: string | Uint8Array | undefined
  /** What the reply, the answers that count, or the published message must be. */
  expect?: Expectation | undefined
  /** Level `survey`: at least so many peers must answer; each counts once, however often it does. Default 1. */
  min?: number | undefined
  /**
   * Level `survey`: the URL is that of a device, which speaks for many, so that each of its answers counts as a peer. One
   * URL is one peer otherwise. Default false.
   */
  device?: boolean | undefined
  /** Level `fresh`: only messages that begin so count. Default: all. */
  topic?: string | undefined
  /** Deadline of the whole probe, ms. Default 900. */
  timeout?: number | undefined
  /** Gives the probe up, which then rejects with `signal.reason`. */
  signal?: AbortSignal | undefined
  /** Longer than this, ms, is a warning; the endpoint is still healthy. */
  warn?: number | undefined
  /** Longer than this, ms, is unhealthy. */
  critical?: number | undefined
  /** Level `handshake` on PUSH, REQ and PAIR, too. */
  force?: boolean | undefined
  /** Options of `node:tls` for `tls+tcp://` and `wss://`. */
  tls?: object | undefined
}

const rules: Rules<ProbeOptions> = {
  level: oneOf(levels),
  protocol: oneOf(protocolNames),
  request: { allowed: 'a string or a Uint8Array', accepts: (v) => text.accepts(v) || v instanceof Uint8Array },
  expect: {
    allowed: 'a string, a RegExp or a function',
    accepts: (v) => text.accepts(v) || v instanceof RegExp || typeof v === 'function'
  },
  min: range(1),
  device: boolean,
  topic: text,
  timeout: duration,
  signal: abortSignal,
  warn: duration,
  critical: duration,
  force: boolean,
  tls: object
}

/** What each level needs the endpoint to be. */
export const servedBy: Readonly<Partial<Record<Level, ProtocolName>>> = {
  request: 'rep',
  survey: 'respondent',
  fresh: 'pub'
}

/** Throws `EINVAL` for whatever is wrong with the options, or a URL that is none. */
export function checkProbe(url: string, options: ProbeOptions): void {
  check('the URL of probe()', text, url)
  checkOptions('probe()', options, rules)
  const { level = 'header', protocol, expect } = options
  const needed = servedBy[level]
  if (protocol !== undefined && needed !== undefined && protocol !== needed) {
    throw notAllowed('option protocol', protocol, `'${needed}' at the level ${level}`)
  }
  if (expect !== undefined) matcher(expect)
}
