/** hubless as ZeroMQ speaks with CURVE. One pair of keys serves both ends; nobody has secrets here. */
import { options } from './hubless-sockets.ts'

const publicKey = 'Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID'
const secretKey = 'D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs'
Object.assign(options, {
  zmtp: { mechanism: 'curve', curve: { publicKey, secretKey, serverKey: publicKey } },
  authorize: () => true
})
await import('./hubless-zmtp.ts')
