/** Copies what the package serves as it is, and no compiler makes, to where its code looks for it. */
import { cpSync } from 'node:fs'

cpSync('src/cli/cluster/web/page', 'dist/node/chunks/page', { recursive: true })
