/** The endpoint options of everything that runs over a stream of bytes. */
import { doorOptions } from '../../core/door.ts'
import { type OptionRules, option, range } from '../../core/rules.ts'

export const streamOptions: OptionRules = {
  ...doorOptions,
  maxHandshakes: option(16_384, range(1)),
  stallTimeout: option(Infinity, range(1, Infinity, ' of ms')),
  sendBudget: option(undefined, range(1, Infinity, ' of bytes'))
}
