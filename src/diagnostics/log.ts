/**
 * `NODE_DEBUG=hubless`: what comes on the diagnostics channels as lines on stderr. Bodies are not in it, of a URL neither user
 * nor query, and what a peer chose is escaped.
 */
import { subscribe } from 'node:diagnostics_channel'
import { debuglog, inspect } from 'node:util'
import type { Socket } from '../core/socket.ts'
import { brief } from '../visible.ts'
import { socketChannels } from './channels.ts'

type Message = Readonly<Record<string, unknown>> & { readonly socket: Socket }

/** What of a message is worth a word, and in which words. */
const words: Readonly<Record<string, (value: never) => string>> = {
  reason: (reason: string) => reason,
  count: (count: number) => `${count} messages`,
  size: (size: number) => `${size} bytes`,
  limit: (limit: number) => `limit ${limit}`,
  attempt: (attempt: number) => `attempt ${attempt}`,
  delay: (delay: number) => `in ${Math.round(delay)} ms`,
  url: (url: string) => url,
  dialer: ({ url }: { url: string }) => url,
  endpoint: ({ kind, url }: { kind: string; url: string }) => `${kind} ${url}`,
  pipe: ({ id, address }: { id: number; address: string }) => `pipe ${id} of ${address}`,
  address: (address: string) => `from ${address}`,
  error: said,
  cause: said
}

/** Subscribes if the environment asks for it. */
export function logWhereAsked(): void {
  const log = debuglog('hubless')
  // Bun does not say it.
  if (!(log.enabled ?? /\bhubless\b/i.test(process.env.NODE_DEBUG ?? ''))) return
  const write = (event: string, { socket, ...rest }: Message): void => {
    const details = Object.entries(rest).flatMap(([key, value]) => {
      const word = Object.hasOwn(words, key) && value !== undefined ? words[key]?.(value as never) : undefined
      return word === undefined || word === '' ? [] : [word]
    })
    log('%s', brief(withoutSecrets([event, socket.name, ...details].join(' '))))
  }
  for (const name of socketChannels) {
    subscribe(name, (message) => write(name.slice('hubless:'.length), message as Message))
  }
  for (const verb of ['request', 'serve']) {
    const told = (state: string) => (message: unknown) => {
      const { socket, error } = message as Message
      write(`${verb} ${state}`, { socket, error })
    }
    subscribe(`tracing:hubless:${verb}:start`, told('start'))
    subscribe(`tracing:hubless:${verb}:asyncEnd`, told('end'))
  }
}

/** Anything can be thrown, also what does not become a string. */
function said(error: unknown): string {
  const { message } = Object(error) as { message?: unknown }
  return typeof message === 'string' ? message : inspect(error, { depth: 0, breakLength: Infinity })
}

/** URLs and paths stand in messages of errors as well. */
function withoutSecrets(text: string): string {
  return text.replace(/\/\/[^\s/@]*@/g, '//…@').replace(/(?<=\S)\?[^\s"')\]]+/g, '?…')
}
