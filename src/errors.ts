/** Errors by themselves, for what has to start fast and loads the sockets later or never. */
export { SpError } from './core/errors.ts'
export { atOnce, wordsOf } from './core/thrown.ts'
