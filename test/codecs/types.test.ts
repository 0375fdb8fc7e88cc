/** What codecs do to types. Checked by the compiler; running the file only shows that it loads. */
import { Pair, Pub, Pull, Push, Rep, Req, Respondent, Sub, Surveyor } from 'hubless'
import { json, msgpack, text } from 'hubless/codecs'
import * as msgpackr from 'msgpackr'
import { expectTypeOf, it } from 'vitest'

interface Order {
  item: string
  count: number
}

it('gives sockets with a codec its value to send and to receive', () => {
  const codec = json<Order>()
  type Sends<S extends { send(message: never): unknown }> = Parameters<S['send']>[0]
  type Receives<S extends { recv(): unknown }> = Awaited<ReturnType<S['recv']>>

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
})

it('infers the value from a check', () => {
  const isCount = (value: unknown): number => Number(value)
  expectTypeOf(new Pair({ codec: json(isCount) }).recv).returns.resolves.toEqualTypeOf<number>()
})

it('without a codec sends bodies and receives buffers', () => {
  const pair = new Pair()
  expectTypeOf(pair.recv).returns.resolves.toEqualTypeOf<Buffer>()
  expectTypeOf(pair.send).toBeCallableWith('text')
  expectTypeOf(pair.send).toBeCallableWith(new Uint8Array(1))
  expectTypeOf(pair.send).parameter(0).not.toExtend<number>()
})
