/** What each pattern has in its type, and what it has not. Compiled by types.test.ts, never run. */
import type { Bus, Pair, Pub, Pull, Push, Rep, Req, Respondent, Sub, Surveyor } from 'hubless'
import type * as raw from 'hubless/raw'
import { expectTypeOf } from 'vitest'

// Those that only receive cannot send, raw or not.
expectTypeOf<Sub | raw.Sub>().not.toHaveProperty('send')
expectTypeOf<Sub | raw.Sub>().not.toHaveProperty('trySend')
expectTypeOf<Pull | raw.Pull>().not.toHaveProperty('send')
expectTypeOf<Pull | raw.Pull>().not.toHaveProperty('trySend')

// Those that only send cannot receive, in any form.
expectTypeOf<Pub | raw.Pub>().not.toHaveProperty('recv')
expectTypeOf<Pub | raw.Pub>().not.toHaveProperty('tryRecv')
expectTypeOf<Pub | raw.Pub>().not.toHaveProperty('recvMessage')
expectTypeOf<Pub | raw.Pub>().not.toExtend<AsyncIterable<unknown>>()
expectTypeOf<Push | raw.Push>().not.toHaveProperty('recv')
expectTypeOf<Push | raw.Push>().not.toHaveProperty('tryRecv')
expectTypeOf<Push | raw.Push>().not.toHaveProperty('recvMessage')
expectTypeOf<Push | raw.Push>().not.toExtend<AsyncIterable<unknown>>()

// Everything else does both.
type Duplex = Pair | Req | Rep | Surveyor | Respondent | Bus
expectTypeOf<Duplex>().toHaveProperty('send')
expectTypeOf<Duplex>().toHaveProperty('trySend')
expectTypeOf<Duplex | Sub | Pull>().toHaveProperty('recv')
expectTypeOf<Duplex | Sub | Pull>().toHaveProperty('tryRecv')
expectTypeOf<Duplex | Sub | Pull>().toHaveProperty('recvMessage')
expectTypeOf<Duplex | Sub | Pull>().toExtend<AsyncIterable<Buffer>>()
expectTypeOf<Pub | Push>().toHaveProperty('trySend')

// What one pattern has, the others have not.
expectTypeOf<Req>().toHaveProperty('request')
expectTypeOf<Pair | Rep | Surveyor | raw.Req>().not.toHaveProperty('request')
expectTypeOf<Rep | Respondent>().toHaveProperty('serve')
expectTypeOf<Rep | Respondent>().toHaveProperty('requests')
expectTypeOf<Req | Surveyor | raw.Rep | raw.Respondent>().not.toHaveProperty('serve')
expectTypeOf<Surveyor>().toHaveProperty('survey')
expectTypeOf<Req | Respondent | raw.Surveyor>().not.toHaveProperty('survey')
expectTypeOf<Sub | raw.Sub>().toHaveProperty('subscribe')
expectTypeOf<Pull | Pub>().not.toHaveProperty('subscribe')

// So with options.
type Options<S extends abstract new (...args: never) => unknown> = keyof NonNullable<ConstructorParameters<S>[0]>
expectTypeOf<'overflow'>().toExtend<Options<typeof Sub>>()
expectTypeOf<'overflow'>().not.toExtend<Options<typeof Pull>>()
expectTypeOf<'failFast'>().toExtend<Options<typeof Req>>()
expectTypeOf<'failFast'>().not.toExtend<Options<typeof Rep>>()
expectTypeOf<'ttl'>().toExtend<Options<typeof Rep>>()
expectTypeOf<'ttl'>().not.toExtend<Options<typeof Req>>()
expectTypeOf<'deadline'>().toExtend<Options<typeof Surveyor>>()
expectTypeOf<'deadline'>().not.toExtend<Options<typeof raw.Surveyor>>()
