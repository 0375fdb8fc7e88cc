/** Calls services by name while others kill and freeze their members, and reports at every step. */
import { createHash, randomBytes } from 'node:crypto'
import { join } from '../cluster/network.ts'
import { report, untilDismissed, untilTold } from './staff.ts'

const total = 200
const chunk = 65_536
const size = 8 * 1024 * 1024

await using cluster = join()
const expected = { resize: 3, time: 2, answer: 1 }
while (Object.entries(expected).some(([name, count]) => cluster.members(name).length < count)) {
  await new Promise((resolve) => setTimeout(resolve, 20))
}
const seen = Object.keys(expected).map((name) => `${cluster.members(name).length} of ${name}`)
console.log(`sees ${seen.join(', ')}`)
console.log(`answer: ${await cluster.request('answer', 'well?')}`)
console.log(`time: ${await cluster.request('time', 'well?')}`)
report({ met: true })

/** Calls, eight at a time. Resolves with how many each member answered. */
async function calls(count: number, halfway: () => void = () => {}): Promise<string> {
  const answered = new Map<string, number>()
  let begun = 0
  let done = 0
  const work = async (): Promise<void> => {
    while (begun < count) {
      begun++
      const member = `${await cluster.request('resize', 'picture', { idempotent: true, timeout: 10_000 })}`
      answered.set(member, (answered.get(member) ?? 0) + 1)
      if (++done === count / 2) halfway()
    }
  }
  await Promise.all(Array.from({ length: 8 }, work))
  const shares = [...answered].sort().map(([member, share]) => `${member} ${share}`)
  return `${done} calls, ${done} answers: ${shares.join(', ')}`
}

await untilTold('call')
console.log(await calls(total, () => report({ halfway: true })))
report({ called: total })

await untilTold('call again')
await calls(8)
console.log(await calls(40))
report({ called: 40 })

await untilTold('send the file')
const tunnel = await cluster.tunnel('resize')
const hash = createHash('sha256')
for (let sent = 0; sent < size; sent += chunk) {
  const part = randomBytes(chunk)
  hash.update(part)
  await tunnel.send(part)
}
await tunnel.end()
const same = `${await tunnel.recv()}` === hash.digest('hex')
await tunnel.close()
console.log(`a file of ${size >> 20} MiB through a tunnel: ${same ? 'it arrived whole' : 'it is damaged'}`)
report({ whole: same })
await untilDismissed()
