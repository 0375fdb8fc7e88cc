/** CURVE: keys, boxes against the audited ones, and connections that somebody tampers with. */
import { randomBytes } from 'node:crypto'
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js'
import { Pub, Pull, Push, Sub } from 'hubless'
import { curveKeyPair } from 'hubless/zmtp'
import { describe, expect, it } from 'vitest'
import { boxKey, nonceOf } from '../../../src/transports/zmtp/curve/box.ts'
import { check } from '../../../src/transports/zmtp/curve/checked-ciphers.ts'
import { MessageCipher } from '../../../src/transports/zmtp/curve/cipher.ts'
import { type Ciphers, loadCiphers } from '../../../src/transports/zmtp/curve/ciphers.ts'
import { newKeyPair } from '../../../src/transports/zmtp/curve/keys.ts'
import { decodeZ85, encodeZ85 } from '../../../src/transports/zmtp/z85.ts'

import { hex } from '../../helpers/bytes.ts'
import { nextEvent, track } from '../../helpers/sockets.ts'
import { any } from './peer.ts'
import { relay } from './relay.ts'

const [server, client] = [curveKeyPair(), curveKeyPair()]
const binding = { zmtp: { mechanism: 'curve', curve: server }, authorize: () => true } as const
const dialing = { zmtp: { curve: { ...client, serverKey: server.publicKey } } }
const soon = { timeout: 5000 }

describe('Z85', () => {
  it('encodes what its specification prints', () => {
    expect(encodeZ85(hex('86 4f d2 6f b5 59 f7 5b'))).toBe('HelloWorld')
    expect(Buffer.from(decodeZ85('HelloWorld') as Uint8Array)).toEqual(hex('86 4f d2 6f b5 59 f7 5b'))
  })

  it.each(['four', '12~45', '#####'])('decodes no %j', (text) => {
    expect(decodeZ85(text)).toBeUndefined()
  })
})

describe('frames', () => {
  const keys = [newKeyPair(), newKeyPair()] as const
  const key = boxKey(keys[0].secretKey, keys[1].publicKey)
  const zero = new Uint8Array(8)
  const none = new Uint8Array(0)

  const ciphers = loadCiphers()
  const outside: Ciphers = { ...ciphers, core: undefined }

  it.each([
    ['', ciphers],
    [' where the inside of the package is not used', outside]
  ])('are boxes of NaCl, sealed and opened as the audited function does%s', (_, ciphers) => {
    expect(Buffer.from(boxKey(keys[1].secretKey, keys[0].publicKey))).toEqual(Buffer.from(key))
    const sender = new MessageCipher(key, 'client', 0xffffffff, zero, ciphers)
    const receiver = new MessageCipher(key, 'server', 1, zero, ciphers)
    for (const size of [0, 1, 15, 16, 29, 30, 31, 61, 62, 63, 64, 95, 127, 1024, 8157, 8158, 8159, 8160, 65_536]) {
      const body = randomBytes(size)
      const sealed = Buffer.from(sender.seal(1, Buffer.from('ab'), body))
      expect(sealed.toString('latin1', 0, 8)).toBe('\x07MESSAGE')
      const nonce = nonceOf('CurveZMQMESSAGEC', sealed.subarray(8, 16))
      const plain = Buffer.from(xsalsa20poly1305(key, nonce).decrypt(sealed.subarray(16)))
      expect(plain.equals(Buffer.concat([Buffer.from('\x01ab'), body])), `${size} bytes`).toBe(true)
      const around = Buffer.concat([Buffer.from('x'), sealed, Buffer.from('y')])
      expect(receiver.open(around, 1, 1 + sealed.length)?.equals(plain.subarray(1)), `${size} bytes`).toBe(true)
      expect(receiver.flags).toBe(1)
    }
    expect(Buffer.from(sender.seal(0, none, none)).subarray(8, 16)).toEqual(hex('00 00 00 01 00 00 00 13'))
  })

  it('use the inside of the package only where that is what it was', () => {
    expect(check(ciphers)).toBe(ciphers)
    const wrong: Ciphers = { ...ciphers, core: (_sigma, _key, _nonce, output) => void output.fill(1) }
    const broken: Ciphers = {
      ...ciphers,
      core: () => {
        throw new TypeError('not a function')
      }
    }
    const other: Ciphers = {
      ...ciphers,
      poly1305: { create: (key) => Object.assign(ciphers.poly1305.create(key), { process() {} }) }
    }
    for (const changed of [wrong, broken, other]) expect(check(changed)).toEqual({ ...changed, core: undefined })
  })

  it('Z-20 open once, in order, and unchanged only', () => {
    const sender = new MessageCipher(key, 'client', 2, zero, ciphers)
    const receiver = new MessageCipher(key, 'server', 1, zero, ciphers)
    const [first, second, third] = [1, 2, 3].map((n) => Buffer.from(sender.seal(0, none, Buffer.from([n])))) as [
      Buffer,
      Buffer,
      Buffer
    ]
    const open = (sealed: Buffer, cipher = receiver) => cipher.open(sealed, 0, sealed.length)
    expect(open(second)).toEqual(Buffer.from([2]))
    expect(open(second)).toBeUndefined()
    expect(open(first)).toBeUndefined()
    for (let at = 0; at < third.length; at++) {
      const bent = Buffer.from(third)
      bent[at] = (bent[at] as number) ^ 1
      expect(open(bent), `byte ${at}`).toBeUndefined()
      expect(open(third.subarray(0, at)), `cut at ${at}`).toBeUndefined()
    }
    expect(open(third)).toEqual(Buffer.from([3]))
    // what we sealed ourselves is not from the peer
    expect(open(third, sender)).toBeUndefined()
  })
})

describe('a connection', () => {
  it.each([
    ['publicKey', { ...client, publicKey: 'short', serverKey: server.publicKey }],
    ['secretKey', { ...client, secretKey: new Uint8Array(31), serverKey: server.publicKey }],
    ['pair', { publicKey: client.publicKey, secretKey: server.secretKey, serverKey: server.publicKey }],
    ['serverKey', client],
    ['serverKey', { ...client, serverKey: new Uint8Array(32) }]
  ])('Z-17 with a wrong %s is EINVAL at once', (_what, curve) => {
    const push = track(new Push())
    expect(() => push.connect('zmtp+tcp://127.0.0.1:1', { zmtp: { mechanism: 'curve', curve } })).toThrow(
      expect.objectContaining({ code: 'EINVAL' })
    )
  })

  it('Z-17 takes keys of 32 bytes, too', async () => {
    const raw = (keys: typeof server) => ({
      publicKey: decodeZ85(keys.publicKey) as Uint8Array,
      secretKey: decodeZ85(keys.secretKey) as Uint8Array
    })
    const [pull, push] = track(new Pull(), new Push())
    const { url } = await pull.bind(any, { zmtp: { curve: raw(server) }, authorize: () => true })
    push.connect(url, { zmtp: { curve: { ...raw(client), serverKey: raw(server).publicKey } } })
    await push.send('hi')
    expect(String(await pull.recv(soon))).toBe('hi')
  })

  it('Z-15 Z-17 of a listener without authorize is EINVAL', async () => {
    const pull = track(new Pull())
    for (const zmtp of [{ curve: server }, { mechanism: 'plain' }, { username: 'x' }] as const) {
      await expect(pull.bind(any, { zmtp })).rejects.toMatchObject({
        code: 'EINVAL',
        message: expect.stringContaining('authorize')
      })
    }
  })

  it('Z-22 shows neither topic nor body nor identity', async () => {
    const seen: Buffer[] = []
    const [pub, sub] = track(new Pub(), new Sub())
    const { url } = await pub.bind(any, binding)
    const through = await relay(Number(url.split(':').at(-1)), (chunk) => {
      seen.push(chunk)
      return chunk
    })
    sub.subscribe('SECRET-TOPIC')
    sub.connect(through, { zmtp: { ...dialing.zmtp, identity: 'SECRET-NAME' } })
    const body = sub.recv(soon)
    const timer = setInterval(() => pub.trySend('SECRET-TOPIC SECRET-BODY'), 5)
    expect(String(await body)).toContain('SECRET-BODY')
    clearInterval(timer)
    expect(Buffer.concat(seen).includes('SECRET')).toBe(false)
  })

  it('Z-20 is closed as malformed when a bit of a message is turned, and nothing is delivered', async () => {
    const [pull, push] = track(new Pull(), new Push())
    const { url } = await pull.bind(any, binding)
    const attached = nextEvent(pull, 'attach')
    let bend = false
    const through = await relay(Number(url.split(':').at(-1)), (chunk) => {
      if (bend) chunk[chunk.length - 1] = (chunk.at(-1) as number) ^ 1
      return chunk
    })
    push.connect(through, dialing)
    await attached
    const left = nextEvent(pull, 'detach')
    bend = true
    await push.send('transfer 1')
    const { reason, cause } = await left
    expect(reason).toBe('malformed')
    expect(String(cause)).toContain('authentic')
    expect(pull.stats().messagesReceived).toBe(0)
  })

  it('Z-19 that sends a command in clear after its handshake is closed', async () => {
    const [pull, push] = track(new Pull(), new Push())
    const { url } = await pull.bind(any, binding)
    const attached = nextEvent(pull, 'attach')
    let inject = false
    const through = await relay(Number(url.split(':').at(-1)), (chunk) =>
      inject ? Buffer.concat([hex('04 07 04 50 49 4e 47 00 00'), chunk]) : chunk
    )
    push.connect(through, dialing)
    await attached
    const left = nextEvent(pull, 'detach')
    inject = true
    await push.send('x')
    expect((await left).reason).toBe('malformed')
  })
})
