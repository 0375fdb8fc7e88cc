/**
 * hubless: brokerless sockets that speak the nanomsg scalability protocols.
 *
 * @module hubless
 */
import './node.ts'

export { errorTable } from './core/error-table.ts'
export * from './public.ts'
