/** Bundled for the runtimes: `names` prints the rows of the table, a number runs that feature and exits with its result. */
import type { Feature } from './feature.ts'
import { patterns } from './features/patterns.ts'
import { platform } from './features/platform.ts'
import { transports } from './features/transports.ts'

export const features: readonly Feature[] = [...patterns, ...transports, ...platform]

const feature = features[Number(process.argv[2])]
if (feature !== undefined) {
  // Nothing is forced to end: a process that stays is a feature that failed.
  feature.run().catch((error: unknown) => {
    console.error(error)
    process.exit(1)
  })
}
