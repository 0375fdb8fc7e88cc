// Every entry is declared; bodies are Buffer in Node.
import { Req, SpError } from 'hubless'
import * as browser from 'hubless/browser'
import * as cluster from 'hubless/cluster'
import { text } from 'hubless/codecs'
import * as discovery from 'hubless/discovery'
import * as health from 'hubless/health'
import * as nats from 'hubless/nats'
import { Sub } from 'hubless/raw'
import * as testing from 'hubless/testing'
import * as threads from 'hubless/threads'
import * as zmtp from 'hubless/zmtp'

export const all = [browser, cluster, discovery, health, nats, testing, threads, zmtp, SpError]

export async function ask(): Promise<string> {
  const body: Buffer = (await new Sub().recv()).body
  const reply: string = await new Req({ codec: text() }).request(body.toString())
  return reply
}
