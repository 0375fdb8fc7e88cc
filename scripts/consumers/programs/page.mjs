// What works in a page, with a device of raw sockets between sockets of the main entry: they share one core, or nothing arrives.
import { Rep, Req, Surveyor } from 'hubless'
import { json } from 'hubless/codecs'
import { Directory } from 'hubless/discovery'
import { device, Rep as RawRep, Req as RawReq } from 'hubless/raw'

async function main() {
  const [front, back, req, rep] = [new RawRep(), new RawReq(), new Req(), new Rep({ codec: json() })]
  await front.bind('inproc://front')
  await back.bind('inproc://back')
  device(front, back)
  req.connect('inproc://front')
  rep.connect('inproc://back')
  rep.serve(({ body }) => body + 1)
  const body = await req.request('41', { timeout: 10_000 })
  if (new TextDecoder().decode(body) !== '42' || body.constructor !== Uint8Array) throw new Error(`got ${body}`)
  const directory = new Directory()
  if (!(directory instanceof Surveyor)) throw new Error('hubless/discovery has a core of its own')
  await Promise.all([front, back, req, rep, directory].map((socket) => socket.close()))
  console.log('works')
}

main()
