/** The transport suite over every transport. */
import { transportCases, zeromqCases } from '../helpers/sockets.ts'
import { transportSuite } from './transport.ts'

for (const transport of [...transportCases, ...zeromqCases]) transportSuite(transport)
