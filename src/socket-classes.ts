/** The sockets by the names of their protocols, for what learns only at run time which one it needs. */
import {
  Bus,
  Pair,
  Pub,
  Pull,
  Push,
  Rep,
  Req,
  Respondent,
  type Socket,
  type SocketOptions,
  Sub,
  Surveyor
} from './index.ts'

export type PatternName = 'pair' | 'pub' | 'sub' | 'req' | 'rep' | 'push' | 'pull' | 'surveyor' | 'respondent' | 'bus'

export const socketClasses: Readonly<Record<PatternName, new (options: SocketOptions) => Socket>> = {
  pair: Pair,
  pub: Pub,
  sub: Sub,
  req: Req,
  rep: Rep,
  push: Push,
  pull: Pull,
  surveyor: Surveyor,
  respondent: Respondent,
  bus: Bus
}
