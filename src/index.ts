/** hubless: brokerless sockets that speak the nanomsg scalability protocols. */
import './node.ts'

export * from './public.ts'
