/** REP and RESPONDENT answer alike: what the suites of `replier.test.ts` and `serving.test.ts` run on. */
import { Rep, Respondent } from 'hubless'
import { Rep as RawRep, Req as RawReq, Respondent as RawRespondent, Surveyor as RawSurveyor } from 'hubless/raw'

export const repliers = [
  {
    name: 'Rep',
    Replier: Rep,
    RawReplier: RawRep,
    /** Asks with ids of the test's choice. */
    RawAsker: RawReq,
    /** Its endpoint id, for peers at byte level. */
    asker: 0x30
  },
  { name: 'Respondent', Replier: Respondent, RawReplier: RawRespondent, RawAsker: RawSurveyor, asker: 0x62 }
] as const

/** The header of question number `n`. */
export function idWord(n: number): Buffer {
  const word = Buffer.alloc(4)
  word.writeUInt32BE(0x80000000 + n)
  return word
}
