/** The pages that are made from tables of the source, by file name. */
import { errorsPage } from './errors.ts'
import { eventsPage } from './events.ts'
import { limitsPage } from './limits.ts'
import { nanocatOptionsPage } from './nanocat-options.ts'
import { optionsPage } from './options.ts'
import { qualityPage } from './quality.ts'
import { securityPage } from './security.ts'
import { stateMachinesPage } from './state-machines.ts'

export const pages: Readonly<Record<string, () => string>> = {
  'SECURITY.md': securityPage,
  'docs/errors.md': errorsPage,
  'docs/events.md': eventsPage,
  'docs/limits.md': limitsPage,
  'docs/nanocat-options.md': nanocatOptionsPage,
  'docs/options.md': optionsPage,
  'docs/quality.md': qualityPage,
  'docs/state-machines.md': stateMachinesPage
}
