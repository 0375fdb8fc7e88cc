/** How transports become known, also from outside. One that only dials needs `addTransport` alone. */
import { admission, admissionOptions, Judge } from './admission.ts'
import { Listener } from './listener.ts'
import { listening } from './listening.ts'
import { addTransport, type Transport } from './transport.ts'

/** Makes a transport available to every socket of the process. A scheme that is there already is replaced. */
export function registerTransport(transport: Transport): void {
  listening.Listener = Listener
  Object.assign(admission, { options: admissionOptions, Judge })
  addTransport(transport)
}
