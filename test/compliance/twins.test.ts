/** The suite of raw and cooked twins over every transport. */
import { transportCases } from '../helpers/sockets.ts'
import { twinsSuite } from './twins.ts'

for (const transport of transportCases) twinsSuite(transport)
