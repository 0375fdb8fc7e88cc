/** How the levels report what they found: by throwing, with the verdict. What returns is healthy so far. */
import type { Verdict } from './verdicts.ts'

export class Finding extends Error {
  readonly verdict: Verdict
  readonly code: string | undefined

  constructor(verdict: Verdict, message: string, code?: string) {
    super(message)
    this.verdict = verdict
    this.code = code
  }
}
