/** What `nats()` takes. */
import { nats } from 'hubless/nats'
import { expect, it } from 'vitest'

it.each([
  [undefined, /are an object, not undefined/],
  [{}, /servers/],
  [{ servers: [] }, /servers/],
  [{ servers: 'two words' }, /servers/],
  [{ servers: 'x', port: 1 }, /no option "port"/],
  [{ servers: 'x', prefix: 'a.b' }, /prefix/],
  [{ servers: 'x', micro: 1 }, /micro/],
  [{ servers: 'x', connection: 'x' }, /connection/],
  [{ servers: 'x', patience: 1 }, /patience/]
])('%j is refused with what is allowed', (options, message) => {
  expect(() => nats(options as never)).toThrow(
    expect.objectContaining({ code: 'EINVAL', message: expect.stringMatching(message) })
  )
})

it('is called nats', () => {
  expect(nats({ servers: ['127.0.0.1:4222', 'nats://10.0.0.7:4222'] }).name).toBe('nats')
})
