/**
 * thread: messages between the threads of one process, or between a page and its workers. Bind and connect come in any
 * order and from any thread; nobody is told of anybody. How threads find each other is the platform's: see `ground.ts`.
 */
import { isObject, optional } from '../../core/rules.ts'
import type { Transport } from '../../core/transport.ts'
import { checkName } from './address.ts'
import { dial } from './dialer.ts'
import type { Ground } from './ground.ts'
import { listen } from './listener.ts'
import { Meeting } from './meeting.ts'

const transferOnly = (v: object): boolean =>
  Object.entries(v).every(([key, value]) => key === 'transfer' && [true, false, undefined].includes(value))

export function threadTransport(ground: Ground): Transport {
  const meeting = new Meeting(ground)
  return {
    schemes: ['thread'],
    options: { thread: optional('an object with transfer, true or false', (v) => isObject(v) && transferOnly(v)) },
    patient: true,
    check: checkName,
    dial: (request) => dial(meeting, request),
    listen: (request) => listen(meeting, request)
  }
}
