/**
 * For process-exit.test.ts: a REQ that is left open, with a request that was answered and one that nobody will answer, inside the process.
 */
import { Rep, Req } from '../../../src/index.ts'
import { Rep as RawRep } from '../../../src/raw.ts'

const [req, rep, silent] = [new Req({ resendInterval: 50_000 }), new Rep(), new RawRep()]
await rep.bind('inproc://answers')
req.connect('inproc://answers')
void rep.serve(({ body }) => body)
await req.request('x')
await rep.close()
await silent.bind('inproc://silence')
const other = new Req({ resendInterval: 50_000 })
await other.connect('inproc://silence').whenConnected()
other.request('y').catch(() => {})
console.log('idle')
