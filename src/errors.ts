/** The error class by itself, for what has to start fast and loads the sockets later or never. */
export { SpError } from './core/errors.ts'
