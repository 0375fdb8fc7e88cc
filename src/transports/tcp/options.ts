/** The endpoint options of everything that runs over TCP. */
import { boolean, finiteDuration, type OptionRule, option } from '../../core/rules.ts'

export const tcpOptions: Readonly<Record<'tcpNoDelay' | 'tcpKeepAlive' | 'exclusive', OptionRule>> = {
  tcpNoDelay: option(true, boolean),
  tcpKeepAlive: option(true, {
    allowed: 'true, false or a number of ms from 1',
    accepts: (v) => boolean.accepts(v) || (finiteDuration.accepts(v) && (v as number) >= 1)
  }),
  exclusive: option(false, boolean)
}
