/** The transport suite over every transport. */
import { transportCases } from '../helpers/sockets.ts'
import { transportSuite } from './transport.ts'

for (const transport of transportCases) transportSuite(transport)
