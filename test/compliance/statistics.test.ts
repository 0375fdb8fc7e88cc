/** The statistics suite over every transport that needs no keys. */
import { transportCases, zeromqCases } from '../helpers/sockets.ts'
import { statisticsSuite } from './statistics.ts'

for (const transport of [...transportCases, ...zeromqCases]) statisticsSuite(transport)
