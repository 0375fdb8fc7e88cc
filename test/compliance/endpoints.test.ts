/** The endpoints suite over every transport that needs no keys. */
import { transportCases, zeromqCases } from '../helpers/sockets.ts'
import { endpointsSuite } from './endpoints.ts'

for (const transport of [...transportCases, ...zeromqCases]) endpointsSuite(transport)
