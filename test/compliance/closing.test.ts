/** The closing suite over every transport that needs no keys. */
import { transportCases, zeromqCases } from '../helpers/sockets.ts'
import { closingSuite } from './closing.ts'

for (const transport of [...transportCases, ...zeromqCases]) closingSuite(transport)
