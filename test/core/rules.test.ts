import { Req } from 'hubless'
import { describe, expect, it } from 'vitest'
import { show } from '../../src/core/rules.ts'
import { track } from '../helpers/sockets.ts'

describe('a value in an error', () => {
  it('is quoted, without the password that a URL may have', () => {
    expect(show('ws://host/path')).toBe('"ws://host/path"')
    expect(show('ws://user:secret@host')).toBe('"ws:…@host"')
    expect(show('a:\nb@c@d')).toBe('"a:…@d"')
  })

  it('is looked through for one once, and not once for each colon', () => {
    expect(show(`ws://user:${'secret'.repeat(100)}@host`)).toBe('"ws:…@host"')
    const began = performance.now()
    show(':'.repeat(300_000))
    expect(performance.now() - began).toBeLessThan(1000)
  })

  it('hides the password also of the URL whose options are wrong', async () => {
    const req = track(new Req())
    const wrong = { lag: 5 } as object
    expect(() => req.connect('ws://user:secret@host', wrong)).toThrow('the dialer "ws:…@host" has no option "lag"')
    await expect(req.bind('ws://user:secret@host', wrong)).rejects.toThrow(
      'the listener "ws:…@host" has no option "lag"'
    )
    expect(() => req.connect(() => 'ws://host', wrong)).toThrow('the dialer a function has no option "lag"')
  })
})
