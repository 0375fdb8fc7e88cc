/**
 * hubless: brokerless sockets that speak the nanomsg scalability protocols.
 *
 * @module hubless
 */
import './node.ts'

export { errorTable } from './core/error-table.ts'
export type { SocketMessages } from './diagnostics/channels.ts'
// In place of those of every entry.
export { Rep, Req, type RequestMessages, Respondent } from './diagnostics/requests.ts'
export * from './public.ts'
export { type SendBudget, sendBudget } from './transports/stream/send-budget.ts'
