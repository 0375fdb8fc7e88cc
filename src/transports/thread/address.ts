/** Addresses of threads: any name, case-sensitive, one space for each process or, in browsers, each origin. */
import { SpError } from '../../core/errors.ts'

/** Longest name, characters: names are told to all threads. */
const longest = 255

export function checkName(name: string): void {
  if (name !== '' && name.length <= longest) return
  throw new SpError('EINVAL', {
    message: `thread://${name.slice(0, 40)}: a name has 1 to ${longest} characters`,
    endpoint: `thread://${name}`
  })
}
