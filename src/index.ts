/** hubless: brokerless sockets that speak the nanomsg scalability protocols. */
import './node.ts'

export { errorTable } from './core/error-table.ts'
export * from './public.ts'
