/**
 * For listener.test.ts, with a low limit of open files: uses every descriptor up, lets a peer try to come in, and
 * gives descriptors back. The peer's own descriptor is the last one, so accepting it is what fails.
 */
import { closeSync, openSync } from 'node:fs'
import { Pull, Push } from '../../../src/index.ts'

const pull = new Pull()
const { url } = await pull.bind('tcp://127.0.0.1:0')
const held: number[] = []
const failure = await (async () => {
  for (;;) {
    try {
      held.push(openSync('/dev/null', 'r'))
    } catch (error) {
      return (error as NodeJS.ErrnoException).code
    }
  }
})()
if (failure === 'EMFILE') console.log('exhausted')
closeSync(held.pop() as number)

const push = new Push({ reconnectInterval: 20, reconnectIntervalMax: 20 })
const retried = new Promise<void>((resolve) => {
  let retries = 0
  push.on('retry', () => {
    if (++retries === 3) resolve()
  })
})
const dialer = push.connect(url)
await retried
if (pull.peers.length === 0) console.log('the peer was refused by the operating system and retries')
if (pull.stats().endpoints[0]?.state === 'listening') console.log('still listening')

const before = process.cpuUsage()
await new Promise((resolve) => setTimeout(resolve, 500))
const { user, system } = process.cpuUsage(before)
// A loop that spins would use all of it.
console.log((user + system) / 1000 < 400 ? 'idle' : `busy for ${(user + system) / 1000} of 500 ms`)

for (let i = 0; i < 10; i++) closeSync(held.pop() as number)
console.log('descriptors are there again')
await dialer.whenConnected({ timeout: 5000 })
await pull.waitForPeers(1, { timeout: 5000 })
console.log('the peer attached')
await push.send('hello')
console.log(`and sent: ${await pull.recv({ timeout: 5000 })}`)
await Promise.all([push.close(), pull.close()])
