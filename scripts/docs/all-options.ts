/** Every option there is: those of every socket, and those that stand with the patterns. */
import { endpointOptions, type OptionRule, socketOptions } from '../../src/core/option-table.ts'
import type { OptionName, PatternOption } from '../../src/core/options.ts'
import { subOptions } from '../../src/protocols/pubsub/sub.ts'
import { hopOptions } from '../../src/protocols/replier.ts'
import { reqOptions } from '../../src/protocols/reqrep/req.ts'
import { surveyorOptions } from '../../src/protocols/survey/surveyor.ts'

export const patternOptions: Record<PatternOption, OptionRule> = {
  ...hopOptions,
  ...reqOptions,
  ...surveyorOptions,
  ...subOptions
}

export const allOptions: Record<OptionName, OptionRule> = { ...socketOptions, ...endpointOptions, ...patternOptions }
