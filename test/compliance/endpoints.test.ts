/** The endpoints suite over every transport that needs no keys. */
import { transportCases } from '../helpers/sockets.ts'
import { endpointsSuite } from './endpoints.ts'

for (const transport of transportCases) endpointsSuite(transport)
