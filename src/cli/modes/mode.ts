/** What every mode of nanocat works with, and what a mode is. */
import type { Io } from '../io.ts'
import type { Print } from '../printer.ts'
import type { Settings } from '../settings.ts'
import type { AnySocket } from '../sockets.ts'
import type { Source } from '../source.ts'

export interface Session {
  readonly settings: Settings
  readonly socket: AnySocket
  /** Stands before error messages. */
  readonly name: string
  readonly print: Print
  /** Aborted by a signal to the process and by a stdout that takes no more. */
  readonly signal: AbortSignal
  readonly io: Io
}

export type Mode = (session: Session, source: Source | undefined) => Promise<void>
