/** The transports that suites of patterns run over: encryption changes nothing that a pattern could notice. */
import { transportCases } from '../helpers/sockets.ts'

export const plainTransports = transportCases.filter(({ name }) => name !== 'tls+tcp' && name !== 'wss')
