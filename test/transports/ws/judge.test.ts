/** By which names a listener goes: on loopback by those of loopback, elsewhere by any unless they are listed. */
import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { judgeHost } from '../../../src/transports/ws/judge.ts'

/** Whether a listener at an address of this machine takes a request for a host. */
function takes(localAddress: string | undefined, host: string, hosts?: string[]): boolean {
  const asked = { httpVersion: '1.1', headers: { host } }
  return judgeHost(asked, { localAddress } as Socket, hosts) === undefined
}

describe('a listener on loopback', () => {
  it('HOST-22 goes by the names of loopback and by those that are listed', () => {
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
      for (const host of ['localhost:80', '127.0.0.1', '[::1]:80', 'a.localhost'])
        expect(takes(address, host)).toBe(true)
      expect(takes(address, 'rebound.example')).toBe(false)
      expect(takes(address, 'hub.example:80', ['hub.example'])).toBe(true)
    }
  })
})

describe('a listener on a network', () => {
  it('HOST-22 goes by every name, and where some are listed by these alone', () => {
    for (const address of ['10.0.0.1', '::ffff:10.0.0.1', 'fe80::1', undefined]) {
      for (const host of ['hub.example', 'localhost', '10.0.0.1:80']) expect(takes(address, host)).toBe(true)
      expect(takes(address, 'hub.example', ['hub.example'])).toBe(true)
      expect(takes(address, '[fd00::1]:80', ['fd00::1'])).toBe(true)
      for (const host of ['other.example', 'localhost', 'not a name']) {
        expect(takes(address, host, ['hub.example'])).toBe(false)
      }
    }
  })
})
