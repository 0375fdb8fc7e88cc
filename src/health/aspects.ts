/** The three questions that are asked about a process. */
export const aspects = ['live', 'ready', 'started'] as const
export type Aspect = (typeof aspects)[number]
