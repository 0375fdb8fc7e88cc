/** What a codec is made of is looked at when it is made: later it would be a drop for each message, far from the mistake. */
import { SpError } from 'hubless'

/** Throws `EINVAL` for the check of values where it is given and no function. */
export function assertCheck(codec: string, check: unknown): void {
  if (check !== undefined) assertFunction(check, `the check of ${codec}() is a function, or left out`)
}

/** Throws `EINVAL` with what is expected. */
export function assertFunction(value: unknown, expected: string): void {
  if (typeof value !== 'function') throw new SpError('EINVAL', { message: expected })
}
