/** REQ/REP: one asks, one of the others replies; any number of requests may be under way. */
import { Rep, Req, SpError } from 'hubless'

await using rep = new Rep()
const { url } = await rep.bind('tcp://127.0.0.1:0')
rep.serve(async ({ body }) => {
  const [delay, text] = `${body}`.split(' ')
  await new Promise((resolve) => setTimeout(resolve, Number(delay)))
  return `${text}!`
})

await using req = new Req()
req.connect(url)

const slow = req.request('50 slow').then((reply) => console.log(`${reply}`))
const fast = req.request('1 fast').then((reply) => console.log(`${reply}`))
await Promise.all([slow, fast]) // each gets its own reply, whichever is first

try {
  await req.request('1000 late', { timeout: 50 })
} catch (error) {
  if (error instanceof SpError) console.log(error.code)
}

// Prints:
// fast!
// slow!
// ETIMEDOUT
