/** The delivery suite over every transport. */
import { transportCases } from '../helpers/sockets.ts'
import { deliverySuite } from './delivery.ts'

for (const transport of transportCases) deliverySuite(transport)
