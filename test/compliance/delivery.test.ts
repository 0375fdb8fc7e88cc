/** The delivery suite over every transport. */
import { transportCases, zeromqCases } from '../helpers/sockets.ts'
import { deliverySuite } from './delivery.ts'

for (const transport of [...transportCases, ...zeromqCases]) deliverySuite(transport)
