/** BUS: what one says, all the others hear. Here every node is connected to every other. */
import { Bus } from 'hubless'

const names = ['ann', 'ben', 'cleo']
const nodes = names.map((name) => new Bus({ name }))
const urls: string[] = []
for (const node of nodes) {
  for (const url of urls) node.connect(url)
  const { url } = await node.bind('tcp://127.0.0.1:0')
  urls.push(url)
}
await Promise.all(nodes.map((node) => node.waitForPeers(names.length - 1)))

for (const node of nodes) await node.send(`hello from ${node.name}`)
for (const node of nodes) {
  const heard = [`${await node.recv()}`, `${await node.recv()}`].sort()
  console.log(`${node.name} heard: ${heard.join(', ')}`)
}
await Promise.all(nodes.map((node) => node.close()))

// Prints:
// ann heard: hello from ben, hello from cleo
// ben heard: hello from ann, hello from cleo
// cleo heard: hello from ann, hello from ben
