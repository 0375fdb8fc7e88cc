/**
 * inproc: messages inside one thread, without copying. Bind and connect come in any order: a dialer of a name that
 * nobody bound waits until somebody does. Names are any string, case-sensitive, one space per loaded library.
 */
import { SpError } from '../../core/errors.ts'
import type { Transport } from '../../core/transport.ts'
import { dial } from './dialer.ts'
import { listen } from './listener.ts'

export const inproc: Transport = {
  schemes: ['inproc'],
  patient: true,
  check(address) {
    if (address === '') throw new SpError('EINVAL', { message: 'inproc:// needs a name' })
  },
  dial,
  listen
}
