/** The messaging suite over every transport that needs no keys. */
import { transportCases } from '../helpers/sockets.ts'
import { messagingSuite } from './messaging.ts'

for (const transport of transportCases) messagingSuite(transport)
