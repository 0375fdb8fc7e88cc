/** The suite of raw and cooked twins over every transport. */
import { transportCases, zeromqCases } from '../helpers/sockets.ts'
import { twinsSuite } from './twins.ts'

for (const transport of [...transportCases, ...zeromqCases]) twinsSuite(transport)
