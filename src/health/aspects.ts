/** The three questions that are asked about a process. */
export const aspects = ['live', 'ready', 'started'] as const
/** What can be asked of a process; docs/health.md says what each decides. */
export type Aspect = (typeof aspects)[number]
