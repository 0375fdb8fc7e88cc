/** What devices run on. Compiled by types.test.ts, never run. */
import type { Bus, Pair, Rep, Req, Sub } from 'hubless'
import type * as raw from 'hubless/raw'
import { expectTypeOf } from 'vitest'

type Runs = Parameters<typeof raw.device>[0]

expectTypeOf<raw.Pair | raw.Req | raw.Rep | raw.Push | raw.Pull | raw.Pub | raw.Sub>().toExtend<Runs>()
expectTypeOf<raw.Bus | raw.Surveyor | raw.Respondent>().toExtend<Runs>()
expectTypeOf<Pair>().not.toExtend<Runs>()
expectTypeOf<Req>().not.toExtend<Runs>()
expectTypeOf<Rep>().not.toExtend<Runs>()
expectTypeOf<Sub>().not.toExtend<Runs>()
expectTypeOf<Bus>().not.toExtend<Runs>()
