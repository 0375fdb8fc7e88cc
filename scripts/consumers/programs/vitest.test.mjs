import { createRequire } from 'node:module'
import { Rep, Req } from 'hubless'
import { expect, test } from 'vitest'

test.each(['tcp', 'ws', 'inproc'])('a reply over %s', async (scheme) => {
  const [req, rep] = [new Req(), new Rep()]
  const { url } = await rep.bind(scheme === 'inproc' ? 'inproc://a' : `${scheme}://127.0.0.1:0`)
  rep.serve(({ body }) => `${body}!`)
  req.connect(url)
  expect(String(await req.request('hello', { timeout: 10_000 }))).toBe('hello!')
  await Promise.all([req.close(), rep.close()])
})

test('import and require share one core', () => {
  expect(createRequire(import.meta.url)('hubless').Req).toBe(Req)
})
