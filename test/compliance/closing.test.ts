/** The closing suite over every transport that needs no keys. */
import { transportCases } from '../helpers/sockets.ts'
import { closingSuite } from './closing.ts'

for (const transport of transportCases) closingSuite(transport)
