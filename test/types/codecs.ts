/** What codecs do to the types of sockets. Compiled by types.test.ts, never run. */
import { Pair, Pub, Pull, Push, Rep, Req, Respondent, Sub, Surveyor } from 'hubless'
import { json, msgpack, text } from 'hubless/codecs'
import * as msgpackr from 'msgpackr'
import { expectTypeOf } from 'vitest'

interface Order {
  item: string
  count: number
}

type Sends<S extends { send(message: never): unknown }> = Parameters<S['send']>[0]
type Receives<S extends { recv(): unknown }> = Awaited<ReturnType<S['recv']>>

const codec = json<Order>()

const pair = new Pair({ codec })
expectTypeOf<Sends<typeof pair>>().toEqualTypeOf<Order>()
expectTypeOf<Receives<typeof pair>>().toEqualTypeOf<Order>()
const push = new Push({ codec: msgpack<Order>(msgpackr) })
expectTypeOf<Sends<typeof push>>().toEqualTypeOf<Order>()
const pull = new Pull({ codec })
expectTypeOf<Receives<typeof pull>>().toEqualTypeOf<Order>()
const pub = new Pub({ codec: text() })
expectTypeOf<Sends<typeof pub>>().toEqualTypeOf<string>()
const sub = new Sub({ codec: text() })
expectTypeOf<Receives<typeof sub>>().toEqualTypeOf<string>()
const req = new Req({ codec })
expectTypeOf<ReturnType<typeof req.request>>().resolves.toEqualTypeOf<Order>()
const rep = new Rep({ codec })
expectTypeOf<Parameters<Parameters<typeof rep.serve>[0]>[0]['body']>().toEqualTypeOf<Order>()
const surveyor = new Surveyor({ codec })
expectTypeOf<Sends<typeof surveyor>>().toEqualTypeOf<Order>()
const respondent = new Respondent({ codec })
expectTypeOf<Receives<typeof respondent>>().toEqualTypeOf<Order>()

// A check says what the value is.
expectTypeOf(new Pair({ codec: json((value: unknown) => Number(value)) }).recv).returns.resolves.toEqualTypeOf<number>()

// Without a codec bodies go out and buffers come in, with other options as well.
for (const plain of [new Pair(), new Pair({ linger: 0 })]) {
  expectTypeOf(plain.recv).returns.resolves.toEqualTypeOf<Buffer>()
  expectTypeOf(plain.send).toBeCallableWith('text')
  expectTypeOf(plain.send).toBeCallableWith(new Uint8Array(1))
  expectTypeOf(plain.send).parameter(0).not.toExtend<number>()
}
