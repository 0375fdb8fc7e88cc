/** `npm run example:browser`: open the address in several tabs. */
import { startHub } from './hub.ts'

const { url } = await startHub(Number(process.env.PORT ?? 8080))
console.log(`open ${url} in several tabs`)
