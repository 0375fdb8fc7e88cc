/** PUB/SUB: everything goes to every subscriber, which keeps what begins with a topic it subscribed to. */
import { Pub, Sub } from 'hubless'

await using pub = new Pub()
const { url } = await pub.bind('tcp://127.0.0.1:0')

await using north = new Sub({ name: 'north' })
north.subscribe('weather/oslo')
await using all = new Sub({ name: 'all' })
all.subscribe('weather/')

north.connect(url)
all.connect(url)
await pub.waitForPeers(2) // what is published before would be missed

await pub.send('weather/rome 24')
await pub.send('sports/rome 2:1')
await pub.send('weather/oslo -3')

for (const [sub, count] of [
  [all, 2],
  [north, 1]
] as const) {
  for (let n = 0; n < count; n++) console.log(`${sub.name}: ${await sub.recv()}`)
}

// Prints:
// all: weather/rome 24
// all: weather/oslo -3
// north: weather/oslo -3
