/** Removes what a build leaves behind, so that a deleted source file leaves no stale module in the package. */
import { rmSync } from 'node:fs'

rmSync('dist', { recursive: true, force: true })
