/** PAIR: two programs, messages both ways. */
import { Pair } from 'hubless'

await using left = new Pair()
await using right = new Pair()
const { url } = await left.bind('tcp://127.0.0.1:0')
right.connect(url)

await left.send('ping') // waits until the peer is there
console.log('right got', `${await right.recv()}`)
await right.send('pong')
console.log('left got', `${await left.recv()}`)

// Prints:
// right got ping
// left got pong
