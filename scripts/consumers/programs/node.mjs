// What a program in Node does with the package: two transports, every entry, and one core for all of them.
import { Rep, Req, SpError, Surveyor } from 'hubless'
import { json } from 'hubless/codecs'
import { Directory } from 'hubless/discovery'
import { Req as RawReq } from 'hubless/raw'

async function main() {
  for (const scheme of ['tcp', 'ws']) {
    const [req, rep] = [new Req({ codec: json() }), new Rep({ codec: json() })]
    const { url } = await rep.bind(`${scheme}://127.0.0.1:0`)
    rep.serve(({ body }) => body + 1)
    req.connect(url)
    const reply = await req.request(41, { timeout: 10_000 })
    if (reply !== 42) throw new Error(`${scheme}: got ${reply}`)
    await Promise.all([req.close(), rep.close()])
  }
  const directory = new Directory()
  if (!(directory instanceof Surveyor)) throw new Error('hubless/discovery has a core of its own')
  await directory.close()
  const raw = new RawReq()
  await raw.bind('no-such-scheme://x').catch((error) => {
    if (!(error instanceof SpError)) throw new Error('hubless/raw has a core of its own')
  })
  await raw.close()
  console.log('works')
}

main()
