/** What the listening end answers to a call, before the connection begins. */
import type { RejectReason } from '../../core/reasons.ts'
import type { Limits } from './parcel.ts'

export type Greeting = { readonly accepted: Limits } | { readonly refused: RejectReason; readonly message: string }
