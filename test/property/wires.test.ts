/**
 * What is encoded is decoded to the same, and what is not encoded by us makes no decoder throw that may not: the small formats
 * inside frames, which are headers, handshakes of ZeroMQ, announcements and greetings of clusters, and questions of discovery.
 */
import fc from 'fast-check'
import type { Body, Codec } from 'hubless'
import { describe, expect, it } from 'vitest'
import {
  encodeJson,
  parseJson,
  readHello,
  readRemote,
  readSeen,
  readSighting,
  readState
} from '../../src/cluster/engine/json.ts'
import { Beacons } from '../../src/cluster/membership/beacon.ts'
import { readAbort } from '../../src/cluster/tunnel/frames.ts'
import { frameLengths, frameTable, joinFrames, splitFrames } from '../../src/core/frame-table.ts'
import { Incoming } from '../../src/core/incoming.ts'
import { type Answer, directoryCodec, type Question, serviceCodec } from '../../src/discovery/messages.ts'
import { takeBacktrace } from '../../src/protocols/backtrace.ts'
import { ipcFraming, readPrefix, tcpFraming, writePrefix } from '../../src/transports/sp/framing.ts'
import { decodeHello, encodeHello } from '../../src/transports/sp/hello.ts'
import { decodeCommand, encodeCommand } from '../../src/transports/zmtp/frames.ts'
import { decodeGreeting, encodeGreeting } from '../../src/transports/zmtp/greeting.ts'
import { decodeMetadata, encodeMetadata } from '../../src/transports/zmtp/metadata.ts'
import { decodeZ85, encodeZ85 } from '../../src/transports/zmtp/z85.ts'
import { damage, noise } from './damage.ts'

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array) as Body)
const text = (maxLength: number): fc.Arbitrary<string> => fc.string({ minLength: 1, maxLength, unit: 'grapheme-ascii' })
const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}(\.[A-Za-z0-9_-]{1,20}){0,2}$/)
const id = fc.stringMatching(/^[0-9a-f]{32}$/)
const topic = fc.stringMatching(/^[!-)+-=?-~]{1,40}$/)
const url = fc.nat(65535).map((port) => `tcp://127.0.0.1:${port}`)
const metadata = fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), fc.string({ maxLength: 100 }), {
  maxKeys: 9,
  noNullPrototype: true
})
const since = fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).map((date) => date.toISOString())

describe('an SP header', () => {
  it('TR-01 hello has every endpoint id, and is judged by every part of it as by the whole', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), fc.nat(8), noise, (protocol, length, other) => {
        const hello = encodeHello(protocol)
        expect(decodeHello(hello.subarray(0, length))).toBe(length < 8 ? -1 : protocol)
        expect(decodeHello(Buffer.concat([hello, other]))).toBe(protocol)
        for (let cut = 1; cut <= other.length; cut++) {
          if (decodeHello(other.subarray(0, cut)) === undefined) expect(decodeHello(other)).toBeUndefined()
        }
      })
    )
  })

  it.each([
    ['tcp', tcpFraming],
    ['ipc', ipcFraming]
  ] as const)('TR-07 prefix of %s has every size', (_name, framing) => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.nat(70_000),
          fc.maxSafeNat().map((n) => n % 2 ** 48)
        ),
        fc.nat(5),
        (size, at) => {
          const buffer = Buffer.alloc(20, 0xff)
          expect(writePrefix(framing, buffer, at, size)).toBe(at + framing.prefix)
          expect(readPrefix(framing, buffer, at)).toBe(size)
        }
      )
    )
  })

  it('backtrace is taken off whole, with its hop on top, and the body stays', () => {
    const hops = fc.array(fc.nat(0x7fffffff), { maxLength: 30 })
    fc.assert(
      fc.property(hops, fc.nat(0x7fffffff), fc.nat(0x7fffffff), bytes, (stack, request, channel, body) => {
        const words = [...stack, request + 0x80000000]
        const header = Buffer.alloc(4 * words.length + 4)
        for (const [i, word] of [channel, ...words].entries()) header.writeUInt32BE(word, 4 * i)
        const message = Buffer.concat([header.subarray(4), body])
        const incoming = new Incoming().set(message, 0, message.length)
        expect(takeBacktrace(incoming, words.length, channel)).toEqual({ header })
        expect(incoming.body()).toEqual(body)
        expect(takeBacktrace(new Incoming().set(message, 0, message.length), words.length - 1, channel)).toEqual({
          fault: 'ttl'
        })
      })
    )
  })

  it('table of frames gives them back', () => {
    fc.assert(
      fc.property(fc.array(bytes, { minLength: 1, maxLength: 20 }), (frames) => {
        const [table, body] = [frameTable(frames.map(({ length }) => length)), joinFrames(frames)]
        expect(frameLengths(table, body.length)).toEqual(frames.map(({ length }) => length))
        expect(splitFrames(table, body)).toEqual(frames)
      })
    )
  })
})

describe('of ZeroMQ', () => {
  it('a key in Z85 is the same key', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (any) => {
        const key = any.subarray(0, any.length - (any.length % 4))
        expect(decodeZ85(encodeZ85(key))).toEqual(new Uint8Array(key))
      })
    )
    fc.assert(fc.property(fc.string(), (any) => void decodeZ85(any)))
  })

  it('metadata are the same by lower-case name, and damaged ones are refused or read to their end', () => {
    const properties = fc.dictionary(fc.stringMatching(/^[A-Za-z0-9-]{1,30}$/), bytes, { maxKeys: 8 })
    fc.assert(
      fc.property(properties, damage, (given, spoil) => {
        const names = Object.keys(given).map((key) => key.toLowerCase())
        const encoded = encodeMetadata(given)
        const expected = new Map(Object.entries(given).map(([key, value]) => [key.toLowerCase(), Buffer.from(value)]))
        expect(decodeMetadata(encoded)).toEqual(new Set(names).size === names.length ? expected : undefined)
        const spoiled = decodeMetadata(spoil(encoded))
        const read = [...(spoiled ?? [])].reduce((sum, [key, value]) => sum + 5 + key.length + value.length, 0)
        expect(spoiled === undefined || read === spoil(encoded).length).toBe(true)
      })
    )
  })

  it('commands and greetings are the same, and noise is none or read as far as it goes', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Z]{1,20}$/), bytes, noise, (command, data, other) => {
        expect(decodeCommand(encodeCommand(command, data))).toEqual({ name: command, data })
        const read = decodeCommand(other)
        if (read !== undefined) expect(1 + read.name.length + read.data.length).toBe(other.length)
      })
    )
    fc.assert(
      fc.property(
        fc.constantFrom('NULL', 'PLAIN', 'CURVE'),
        fc.boolean(),
        fc.nat(64),
        noise,
        (mechanism, as, n, other) => {
          const greeting = encodeGreeting(mechanism, as)
          expect(decodeGreeting(greeting.subarray(0, n))).toEqual(
            n < 64 ? undefined : { minor: 1, version: '3.1', mechanism }
          )
          decodeGreeting(other)
        }
      )
    )
  })
})

describe('of clusters', () => {
  const service = fc.record({ name, metadata, since })
  const greeting = fc.record({
    v: fc.constant(1),
    network: name,
    id,
    zone: fc.oneof(fc.constant(''), name),
    max: fc.nat().map((n) => n + 1)
  })
  const without = ({ v: _, ...fields }: { v: number }): object => fields

  it('greetings and states of members are read as they were written', () => {
    const more = fc.record({
      add: fc.array(fc.record({ name, metadata, since, number: fc.nat(2 ** 24 - 1) }), { maxLength: 5 }),
      remove: fc.array(fc.nat(2 ** 24 - 1), { maxLength: 5 }),
      subscribe: fc.array(topic, { maxLength: 5 }),
      unsubscribe: fc.array(topic, { maxLength: 5 })
    })
    const role = fc.constantFrom('calls', 'tunnels', 'watch')
    fc.assert(
      fc.property(greeting, role, more, (fields, as, rest) => {
        expect(readHello(encodeJson({ ...fields, role: as }))).toEqual({ ...without(fields), role: as })
        expect(readState(encodeJson({ ...fields, ...rest }))).toEqual({ ...without(fields), ...rest })
      })
    )
  })

  it('what a hub has seen is read as it was written', () => {
    const sighting = fc.record({
      id,
      zone: fc.oneof(fc.constant(''), name),
      urls: fc.array(url, { minLength: 1, maxLength: 5 }),
      services: fc.array(service, { maxLength: 4 }),
      subscribes: fc.boolean()
    })
    const down = fc.array(fc.record({ id, reason: fc.constantFrom('left', 'lost') }), { maxLength: 4 })
    fc.assert(
      fc.property(fc.array(sighting, { maxLength: 4 }), down, fc.boolean(), id, (up, gone, all, hub) => {
        expect(readSeen(encodeJson({ up, down: gone, all, hub }))).toEqual({
          seen: { all, up, down: gone },
          faults: 0,
          hub
        })
      })
    )
  })

  it('beacons are read as they were written, with a key and without, and never when they are damaged', () => {
    const beacon = fc.record({ id, urls: fc.array(url, { minLength: 1, maxLength: 8 }), farewell: fc.boolean() })
    const flip = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }))
    fc.assert(
      fc.property(beacon, fc.boolean(), name, flip, (given, sealed, network, [where, mask]) => {
        const secrets = sealed ? [Buffer.alloc(32, 7)] : []
        const data = new Beacons(network, secrets).write(given)
        expect(new Beacons(network, secrets).read(data)).toEqual(given)
        if (!sealed) return
        const whole = Buffer.concat(data)
        const at = where % whole.length
        whole[at] = (whole[at] as number) ^ mask
        expect(new Beacons(network, secrets).read(whole)).toBe('forged')
      })
    )
  })

  it('noise and any JSON make no reader throw', () => {
    const json = fc.json().map((value) => Buffer.from(value) as Body)
    fc.assert(
      fc.property(fc.oneof(json, noise as fc.Arbitrary<Body>), (body) => {
        for (const read of [parseJson, readHello, readState, readSeen, readRemote, readAbort]) read(body)
        readSighting(parseJson(body))
        expect(typeof new Beacons('shop', []).read(Buffer.concat([Buffer.of(0), body]))).toBe('string')
      }),
      { numRuns: 500 }
    )
  })
})

describe('of discovery', () => {
  const identity = { id: text(128), name: text(255), version: text(64) }
  const answer: fc.Arbitrary<Answer> = fc.oneof(
    fc.record({ verb: fc.constant('PING' as const), ...identity }),
    fc.record({
      verb: fc.constant('INFO' as const),
      ...identity,
      urls: fc.array(url, { maxLength: 9 }),
      metadata,
      started: since
    }),
    fc.record({
      verb: fc.constant('STATS' as const),
      ...identity,
      started: since,
      stats: fc.jsonValue({ noUnicodeString: false })
    })
  )
  const question: fc.Arbitrary<Question> = fc.record({
    verb: fc.constantFrom('PING', 'INFO', 'STATS'),
    name: fc.option(text(255), { nil: undefined }),
    id: fc.option(text(128), { nil: undefined })
  })

  function through<A>(value: A, from: Codec<A, unknown>, to: Codec<never, A>): A {
    return to.decode(Buffer.from(from.encode(value) as string) as Body)
  }

  it('questions and answers are read as they were written', () => {
    fc.assert(
      fc.property(question, (asked) => {
        expect(through(asked, directoryCodec, serviceCodec)).toEqual(asked)
      })
    )
    fc.assert(
      fc.property(answer, (given) => {
        expect(through(given, serviceCodec, directoryCodec)).toEqual(JSON.parse(JSON.stringify(given)))
      })
    )
  })

  it('noise and any JSON are refused with an error, and nothing else', () => {
    const json = fc.json().map((value) => Buffer.from(value) as Body)
    fc.assert(
      fc.property(fc.oneof(json, noise as fc.Arbitrary<Body>), (body) => {
        for (const codec of [serviceCodec, directoryCodec]) expect(() => codec.decode(body)).toThrow(Error)
      })
    )
  })
})
