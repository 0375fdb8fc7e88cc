/**
 * For process-end.test.ts: a PUSH that sends as many messages as it is told, and a process that then ends in the way it
 * is told, with or without closing its socket first.
 */
import { Push } from '../../../src/index.ts'

const [url = '', count = '0', ending = ''] = process.argv.slice(2)
const push = new Push({ sendBuffer: 100_000_000 })
await push.connect(url).whenConnected({ timeout: 10_000 })
const shut = async (code: number): Promise<void> => {
  await push.close({ linger: 20_000 })
  process.exit(code)
}
process.once('SIGTERM', () => void shut(0))
if (ending === 'uncaught and closed') process.once('uncaughtException', () => void shut(70))
for (let i = 0; i < Number(count); i++) push.trySend(Buffer.alloc(1000, String(i).padStart(8, '0')))
console.log('sent')
if (ending === 'SIGTERM') process.kill(process.pid, 'SIGTERM')
else if (ending === 'exit') process.exit(0)
else throw new Error('a mistake of the application')
