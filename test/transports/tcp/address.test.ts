/** TCP addresses: nanomsg's syntax, and a sentence for everything else. */
import { Pair, SpError } from 'hubless'
import { describe, expect, it } from 'vitest'
import { formatTcpAddress, parseTcpAddress } from '../../../src/transports/tcp/address.ts'
import { code } from '../../helpers/messages.ts'
import { track } from '../../helpers/sockets.ts'

describe('TCP addresses', () => {
  it.each([
    ['127.0.0.1:5555', { host: '127.0.0.1', port: 5555 }],
    ['[::1]:5555', { host: '::1', port: 5555 }],
    ['::1:5555', { host: '::1', port: 5555 }],
    ['[fe80::1%eth0]:80', { host: 'fe80::1%eth0', port: 80 }],
    ['fe80::1%eth0:80', { host: 'fe80::1%eth0', port: 80 }],
    ['example.org:65535', { host: 'example.org', port: 65535 }],
    ['example.org.:1', { host: 'example.org.', port: 1 }],
    ['a-b.c_d.x1:1', { host: 'a-b.c_d.x1', port: 1 }],
    ['localhost:00080', { host: 'localhost', port: 80 }]
  ])('%s means the same for bind and connect', (address, expected) => {
    expect(parseTcpAddress(address, 'bind')).toEqual(expected)
    expect(parseTcpAddress(address, 'connect')).toEqual(expected)
  })

  it('takes * and port 0 for bind only', () => {
    expect(parseTcpAddress('*:0', 'bind')).toEqual({ host: '*', port: 0 })
    expect(() => parseTcpAddress('*:80', 'connect')).toThrow(code('EINVAL'))
    expect(() => parseTcpAddress('localhost:0', 'connect')).toThrow(code('EINVAL'))
  })

  it.each([
    ['127.0.0.1;localhost:5555', '127.0.0.1'],
    ['[::1];[::1]:5555', '::1'],
    ['::1;::1:5555', '::1'],
    ['fe80::1%eth0;[fe80::2%eth0]:5555', 'fe80::1%eth0'],
    ['*;localhost:5555', undefined]
  ])('TCP-07 takes the local address of %s', (address, local) => {
    expect(parseTcpAddress(address, 'connect').local).toBe(local)
  })

  it.each(['eth0;127.0.0.1:5555', ';127.0.0.1:5555', 'localhost;127.0.0.1:5555', '127.0.0.1;;127.0.0.1:5555'])(
    'TCP-07 refuses the local address of %s',
    (address) => {
      expect(() => parseTcpAddress(address, 'connect')).toThrow(code('EINVAL'))
    }
  )

  it('TCP-07 knows no local address for bind', () => {
    expect(() => parseTcpAddress('127.0.0.1;127.0.0.1:5555', 'bind')).toThrow(code('EINVAL'))
  })

  it.each([
    '*:',
    '*:1000000',
    '*:some_port',
    '*:65536',
    '*:-1',
    '*:+1',
    '*: 80',
    '*:80 ',
    '*:0x50',
    '*:8.0',
    '',
    '*',
    '127.0.0.1',
    'eth0',
    ':5555',
    '-hostname:5555',
    'hostname-:5555',
    'abc.123.---.#:5555',
    'abc...123:5555',
    '.123:5555',
    'abc..def:5555',
    '300.1.1.1:5555',
    '1.2.3:5555',
    '[::1:5555',
    '::1]:5555',
    '[::1]5555',
    '[]:5555',
    'host name:5555',
    'host/path:5555',
    'localhost:5555/path',
    'user@host:5555',
    `${'a'.repeat(64)}:5555`,
    `${'a.'.repeat(150)}a:5555`
  ])('TCP-04 refuses tcp://%s', (address) => {
    for (const role of ['bind', 'connect'] as const)
      expect(() => parseTcpAddress(address, role)).toThrow(code('EINVAL'))
  })

  it('TCP-03 TCP-04 refuses wrong addresses at once in bind and connect, quoting them', async () => {
    const pair = track(new Pair())
    for (const url of ['tcp://*:some_port', 'tcp://abc...123:5555', 'tcp://127.0.0.1']) {
      await expect(pair.bind(url)).rejects.toThrow(url)
      await expect(pair.bind(url)).rejects.toThrow(code('EINVAL'))
      expect(() => pair.connect(url)).toThrow(url)
      expect(() => pair.connect(url)).toThrow(code('EINVAL'))
    }
    for (const url of ['tcp://*:5555', 'tcp://127.0.0.1:0']) expect(() => pair.connect(url)).toThrow(code('EINVAL'))
    expect(pair.stats().endpoints).toEqual([])
  })

  it('says in the error what an address looks like', () => {
    const error = caught(() => parseTcpAddress('localhost', 'connect'))
    expect(error.message).toContain('tcp://localhost: there is no port')
    expect(error.message).toContain('local;host:port')
    expect(error.endpoint).toBe('tcp://localhost')
  })

  it('formats IPv6 with brackets, so that it parses back', () => {
    for (const host of ['127.0.0.1', '::1', 'fe80::1%eth0', 'localhost']) {
      expect(parseTcpAddress(formatTcpAddress(host, 5555), 'connect')).toEqual({ host, port: 5555 })
    }
  })
})

function caught(action: () => unknown): SpError {
  try {
    action()
  } catch (error) {
    expect(error).toBeInstanceOf(SpError)
    return error as SpError
  }
  throw new Error('nothing was thrown')
}
