const { Rep, Req, Surveyor } = require('hubless')
const { Directory } = require('hubless/discovery')

test.each(['tcp', 'ws', 'inproc'])('a reply over %s', async (scheme) => {
  const [req, rep] = [new Req(), new Rep()]
  const { url } = await rep.bind(scheme === 'inproc' ? 'inproc://a' : `${scheme}://127.0.0.1:0`)
  rep.serve(({ body }) => `${body}!`)
  req.connect(url)
  expect(String(await req.request('hello', { timeout: 10_000 }))).toBe('hello!')
  await Promise.all([req.close(), rep.close()])
})

test('every entry is loaded, and they share one core', () => {
  const manifest = require('hubless/package.json')
  for (const entry of Object.keys(manifest.exports)) require(`hubless${entry.slice(1)}`)
  expect(new Directory()).toBeInstanceOf(Surveyor)
})
