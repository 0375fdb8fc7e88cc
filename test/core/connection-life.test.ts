import { ConnectionLife, Incoming } from 'hubless'
import { describe, expect, it } from 'vitest'
import { RecordingSink } from '../transports/recording-sink.ts'

const message = (text: string): Incoming => new Incoming().set(Buffer.from(text), 0, text.length)

function started(): { life: ConnectionLife; sink: RecordingSink } {
  const life = new ConnectionLife()
  const sink = new RecordingSink()
  life.start(sink)
  return { life, sink }
}

describe('the life of a connection', () => {
  it('is held until it starts, flows, pauses and flows again', () => {
    const life = new ConnectionLife()
    expect([life.state, life.flowing, life.over]).toEqual(['held', false, false])
    life.start(new RecordingSink())
    expect([life.state, life.flowing]).toEqual(['flowing', true])
    expect(life.pause()).toBe(true)
    expect(life.pause()).toBe(false)
    expect([life.state, life.flowing, life.over]).toEqual(['paused', false, false])
    expect(life.resume()).toBe(true)
    expect(life.resume()).toBe(false)
    expect(life.state).toBe('flowing')
  })

  it('passes on messages and room', () => {
    const { life, sink } = started()
    life.message(message('a'))
    life.writable()
    expect(sink.seen).toEqual(['a', ['writable']])
  })

  it('tells at the start what was lost before, and then that it is over', () => {
    const life = new ConnectionLife()
    life.dropped('too-big', { size: 3, limit: 2 })
    life.end('too-big')
    expect([life.state, life.over]).toEqual(['ended', true])
    const sink = new RecordingSink()
    life.start(sink)
    expect(sink.seen).toEqual([
      ['too-big', 3, 2],
      ['closed', 'too-big']
    ])
    life.message(message('late'))
    expect(sink.seen).toHaveLength(2)
  })

  it('delivers at the start what a transport kept for it, before the end', () => {
    const life = new ConnectionLife()
    life.tell(() => life.message(message('early')))
    life.end('closed-by-peer')
    const sink = new RecordingSink()
    life.start(sink)
    expect(sink.seen).toEqual(['early', ['closed', 'closed-by-peer']])
  })

  it('tells its end once, and nothing after it', () => {
    const { life, sink } = started()
    const cause = new Error('reset')
    life.end('connection-error', cause)
    life.end('closed-by-peer')
    life.message(message('late'))
    life.dropped('truncated')
    life.writable()
    expect(sink.seen).toEqual([['closed', 'connection-error', cause]])
    expect([life.pause(), life.resume()]).toEqual([false, false])
  })

  it('may end inside the report of an end, of a loss and of a message', () => {
    const { life, sink } = started()
    sink.onMessage = () => life.end('malformed')
    life.message(message('a'))
    expect(sink.seen).toEqual(['a', ['closed', 'malformed']])
  })

  it('may be closed inside the report of its end', async () => {
    const life = new ConnectionLife()
    let closing: Promise<void> | undefined
    const sink = new RecordingSink()
    sink.closed = () => {
      closing = life.close(async () => {})
    }
    life.start(sink)
    life.end('closed-by-peer')
    await closing
    expect(life.state).toBe('closed')
  })

  it('says nothing once it is closed here, and closes once', async () => {
    const { life, sink } = started()
    let finished = 0
    const finish = async (before: string): Promise<void> => {
      expect(before).toBe('flowing')
      finished++
    }
    await Promise.all([life.close(finish), life.close(finish)])
    life.end('closed-by-peer')
    life.message(message('late'))
    expect([life.state, life.over, finished, sink.seen]).toEqual(['closed', true, 1, []])
  })

  it('can be closed before it starts, and then never starts', async () => {
    const life = new ConnectionLife()
    life.dropped('truncated')
    await life.close(async () => {})
    const sink = new RecordingSink()
    life.start(sink)
    expect([life.state, sink.seen]).toEqual(['closed', []])
  })
})
