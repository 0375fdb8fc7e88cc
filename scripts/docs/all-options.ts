/** Every option there is: those of every socket, and those that stand with the patterns and transports. */
import '../../src/node.ts'
import '../../src/threads.ts'
import '../../src/zmtp.ts'
import { admissionOptions } from '../../src/core/admission.ts'
import { endpointOptions as commonEndpointOptions, socketOptions } from '../../src/core/option-table.ts'
import type { EndpointOptions, OptionName, PatternOption } from '../../src/core/options.ts'
import type { OptionRule } from '../../src/core/rules.ts'
import { transportOptions } from '../../src/core/transport.ts'
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

export const endpointOptions = { ...commonEndpointOptions, ...admissionOptions, ...transportOptions() } as Record<
  keyof EndpointOptions,
  OptionRule
>

export const allOptions = { ...socketOptions, ...endpointOptions, ...patternOptions } as Record<OptionName, OptionRule>
