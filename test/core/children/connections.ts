/**
 * For scale.test.ts: connects one PUSH as often as it is told to the PULL of its parent, in batches, sends a message
 * over every connection, and closes when its standard input ends.
 */
import { Push } from '../../../src/index.ts'

const [url = '', count = '0'] = process.argv.slice(2)
const push = new Push()
for (let done = 0; done < Number(count); ) {
  const batch = Math.min(250, Number(count) - done)
  const dialers = Array.from({ length: batch }, () => push.connect(url))
  await Promise.all(dialers.map((dialer) => dialer.whenConnected({ timeout: 60_000 })))
  done += batch
}
for (let i = 0; i < Number(count); i++) await push.send(String(i))
await new Promise((resolve) => process.stdin.resume().once('end', resolve))
await push.close()
console.log(JSON.stringify(push.stats().drops))
