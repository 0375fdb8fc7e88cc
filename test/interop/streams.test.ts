/**
 * Many messages at a time: floods, readers of the C libraries that stop (SIGSTOP) and go on, and a hubless reader that
 * does. Every queue on the way is bounded, and nothing comes out of order.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { Pub, Pull, Push } from 'hubless'
import { describe, expect, it } from 'vitest'
import { eventually, recordEvents } from '../helpers/sockets.ts'
import { peerBody, peerLine } from './peers/body.ts'
import { everyMeeting, everyPairing, meet, ownUrl, requirePeers, startPeer } from './peers/matrix.ts'
import type { PeerProcess } from './peers/process.ts'

const timeout = 5000

/** The numbers in the texts that a peer with `--show` has printed. */
function numbersOf(peer: PeerProcess): number[] {
  return peer.lines
    .filter((line) => /^msg .* \d+\.*$/.test(line))
    .map((line) => Number.parseInt(line.split(' ')[4] ?? '', 10))
}

function numbersTo(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n)
}

/** Publishes `end` until the subscriber has it: while its buffer is full it misses some. */
async function publishEnd(pub: Pub, sub: PeerProcess): Promise<void> {
  let over = false
  const end = sub.line(/ end$/, timeout).finally(() => {
    over = true
  })
  while (!over) {
    await pub.send('end')
    await Promise.race([end, delay(10)])
  }
  await end
}

describe.each(everyMeeting)('%s:', (_title, meeting) => {
  requirePeers(meeting.peer)

  it('PS-19 a SUB of the peer gets all of a flood that fits the buffers, in order', async () => {
    await using pub = new Pub()
    await using sub = await meet(pub, meeting, 'sub', '--show')
    // a SUB of nng keeps as many as its peer program allows it, and drops beyond
    for (let n = 0; n < 1000; n++) await pub.send(`${n}`.padEnd(200, '.'))
    await sub.line('msg 999 ')
    expect(numbersOf(sub)).toEqual(numbersTo(1000))
  })

  it('PS-19 a SUB of the peer gets a flood beyond the buffers in order, and what it misses is counted', async () => {
    await using pub = new Pub({ sendBuffer: 4096 })
    await using sub = await meet(pub, meeting, 'sub', '--show')
    const count = 10_000
    for (let n = 0; n < count; n++) await pub.send(`${n}`.padEnd(200, '.'))
    const missed = pub.stats().drops['queue-full'] ?? 0
    await publishEnd(pub, sub)
    const numbers = numbersOf(sub)
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
    // a SUB of nng drops on its own account, one of nanomsg stops reading
    if (meeting.peer === 'nanomsg') expect(numbers.length + missed).toBe(count)
  })

  it('TR-15 a hubless PULL that does not read stops the peer, and then gets everything in order', async () => {
    await using pull = new Pull({ recvBuffer: 65536 })
    const count = 20_000
    await using push = await meet(pull, meeting, 'push', '--count', count, '--size', 1000)
    await eventually(() => (pull.stats().pipes[0]?.bytesReceived ?? 0) >= 65536)
    await delay(50)
    // what was read together with the message that filled the buffer
    expect(pull.stats().pipes[0]?.bytesReceived).toBeLessThanOrEqual(2 * 65536)
    expect(push.lines).not.toContain(`sent ${count}`)
    for (let n = 0; n < count; n++) {
      const body = await pull.recv({ timeout })
      if (!body.equals(peerBody(n, 1000))) expect(body).toEqual(peerBody(n, 1000))
    }
    await push.line(`sent ${count}`)
  })
})

describe.each(everyPairing)('%s:', (_title, { peer, transport }) => {
  requirePeers(peer, 'nanomsg')

  it('TR-16 a PULL of the peer that stops leaves PUSH bounded by sendBuffer, and then gets everything', async () => {
    await using push = new Push({ sendBuffer: 65536 })
    const { url } = await push.bind(ownUrl(transport))
    await using pull = startPeer(peer, 'pull', '--connect', url)
    await push.waitForPeers(1, { timeout })
    pull.kill('SIGSTOP')
    const body = peerBody(0, 32768)
    let sent = 0
    // the kernel takes some megabytes
    for (let idle = 0; idle < 50; idle++) {
      while (push.trySend(body)) [sent, idle] = [sent + 1, 0]
      await delay(1)
    }
    expect(push.trySend(body)).toBe(false)
    pull.kill('SIGCONT')
    await push.send('end', { timeout })
    await pull.line(peerLine('msg', sent, Buffer.from('end')))
    expect(pull.lines.filter((line) => line.startsWith('msg'))).toHaveLength(sent + 1)
  })

  it('PS-17 PS-18 a SUB of the peer that stops misses the newest messages alone, and is served when it goes on', async () => {
    await using pub = new Pub({ sendBuffer: 65536 })
    const { url } = await pub.bind(ownUrl(transport))
    await using stuck = startPeer(peer, 'sub', '--show', '--connect', url)
    await pub.waitForPeers(1, { timeout })
    const [stuckPipe] = pub.peers
    await using healthy = startPeer('nanomsg', 'sub', '--connect', url)
    await pub.waitForPeers(2, { timeout })
    stuck.kill('SIGSTOP')
    const drops = recordEvents(pub, 'drop')
    let sent = 0
    while (drops.length < 100) {
      await pub.send(`${sent}`.padEnd(16384, '.'))
      await healthy.line(`msg ${sent++} `)
    }
    expect(new Set(drops.map(({ pipe, reason }) => [pipe, reason].join()))).toEqual(
      new Set([[stuckPipe, 'queue-full'].join()])
    )
    stuck.kill('SIGCONT')
    await publishEnd(pub, stuck)
  })
})
