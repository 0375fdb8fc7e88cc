/**
 * The header of REQ/REP and SURVEY: a stack of 32-bit words, newest hop first. Words of devices have the top bit clear;
 * the last one, the id of the request or survey, has it set. sp-request-reply §5, sp-surveyor.
 *
 *   0|channel  0|channel  …  1|id  body
 */
import type { Incoming } from '../core/incoming.ts'
import { writeWord } from '../core/incoming.ts'
import { type Body, platform } from '../core/platform.ts'

export const idBit = 0x80000000

const words = /* @__PURE__ */ new Uint32Array(256)

export type Backtrace = { readonly header: Body } | { readonly fault: 'ttl' | 'malformed' }

const tooManyHops = { fault: 'ttl' } as const
const damaged = { fault: 'malformed' } as const

/**
 * Takes the whole stack off a message: at most `limit` words, the id included. With `channel`, that word is put on top,
 * so that a reply finds its way back.
 */
export function takeBacktrace(message: Incoming, limit: number, channel?: number): Backtrace {
  let count = 0
  if (channel !== undefined) words[count++] = channel
  const last = limit + count
  for (;;) {
    const word = message.word()
    if (word < 0) return damaged
    if (count === last) return tooManyHops
    words[count++] = word
    if (word >= idBit) break
  }
  const header = platform.allocate(count * 4)
  for (let i = 0; i < count; i++) writeWord(header, i * 4, words[i] as number)
  return { header }
}
