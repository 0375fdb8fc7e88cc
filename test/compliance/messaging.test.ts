/** The messaging suite over every transport that needs no keys. */
import { transportCases, zeromqCases } from '../helpers/sockets.ts'
import { messagingSuite } from './messaging.ts'

for (const transport of [...transportCases, ...zeromqCases]) messagingSuite(transport)
