/** `nanocat cluster request|survey|broadcast|publish|subscribe`: one call, and what comes of it on stdout. */
import type { Cluster } from '../../cluster/index.ts'
import { Failure } from '../failure.ts'
import { type Io, write } from '../io.ts'
import { tell, visibleJson } from '../terminal.ts'
import type { ClusterSettings, Verb } from './options.ts'

interface Result {
  readonly body: Uint8Array
  readonly topic?: string
  readonly from?: string
}

type Call = (cluster: Cluster, about: string, settings: ClusterSettings, program: string, io: Io) => Promise<void>

export const calls: Readonly<Record<Verb, Call>> = {
  request: async (cluster, name, { data, timeout, idempotent, ...settings }, _program, io) => {
    const body = await cluster.request(name, data ?? '', { timeout, idempotent, signal: io.signal })
    await show({ body }, settings, io)
  },

  survey: async (cluster, name, { data, timeout, count, ...settings }, program, io) => {
    const answers = cluster.survey(name, data ?? '', { deadline: timeout, count, signal: io.signal })
    let got = 0
    for await (const answer of answers) {
      got++
      await show(answer, settings, io)
    }
    const missing = answers.missing.map((id) => id.slice(0, 8))
    if (missing.length > 0 && got < count) tell(io.stderr, `${program}: no answer of ${missing.join(', ')}\n`)
    if (got === 0) throw new Failure(3, `${program}: nobody answered`)
  },

  broadcast: async (cluster, name, { data, json }, _program, io) => {
    told(await cluster.broadcast(name, data ?? ''), json, io)
  },

  publish: async (cluster, topic, { data, json }, _program, io) => {
    told(await cluster.publish(topic, data ?? ''), json, io)
  },

  subscribe: async (cluster, prefix, { count, ...settings }, _program, io) => {
    const publications = await cluster.subscribe(prefix, { signal: io.signal })
    let got = 0
    for await (const publication of publications) {
      await show(publication, settings, io)
      if (++got >= count) break
    }
  }
}

/** How many instances it was handed to, as far as that is known. */
function told(count: number, json: boolean, io: Io): void {
  tell(io.stdout, json ? `${JSON.stringify({ handed: count })}\n` : `handed to ${count}\n`)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

async function show(result: Result, { json, raw }: Pick<ClusterSettings, 'json' | 'raw'>, io: Io): Promise<void> {
  const { body, topic, from } = result
  if (json) {
    const head = {
      time: new Date().toISOString(),
      ...(topic !== undefined && { topic }),
      ...(from !== undefined && { from })
    }
    const line = JSON.stringify({ ...head, size: body.length, ...described(body) })
    return write(io.stdout, `${visibleJson(line)}\n`)
  }
  if (raw) return write(io.stdout, body)
  const text = Buffer.from(body).toString()
  tell(io.stdout, `${topic === undefined ? '' : `${topic} `}${text}${text.endsWith('\n') ? '' : '\n'}`)
}

function described(body: Uint8Array): object {
  try {
    return { encoding: 'text', body: utf8.decode(body) }
  } catch {
    return { encoding: 'base64', body: Buffer.from(body).toString('base64') }
  }
}
