/**
 * Subscribe, match and unsubscribe times of the topic tree, in ns, and its bytes per topic.
 *
 *   npx tsx bench/micro/radix.ts random|sensor COUNT
 *
 * Two sets: random names of 8-20 letters and digits, and sensor/<number>/<metric>. Probes lie one after another in one
 * buffer, as messages lie in a read chunk; a hit is a topic and a payload, a miss has its last topic byte changed.
 * Match times are the fastest of fifteen runs over 200 000 probes in random order, since other work on the machine can
 * only add to them. Subscribing and unsubscribing, in random order, happen once.
 */

import { RadixTree } from '../../src/core/topics/radix-tree.ts'

const PROBES = 200_000
const RUNS = 15

const METRICS = ['temperature', 'humidity', 'pressure', 'voltage', 'current', 'status', 'speed', 'level', 'flow', 'ph']
const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
const PAYLOAD = ' 21.5'

/** xorshift: the same topics in every run. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const random = randomNumbers(20_260_101)

const sets: Record<string, (index: number) => string> = {
  random: () => Array.from({ length: 8 + random(13) }, () => ALPHABET.charAt(random(ALPHABET.length))).join(''),
  sensor: (index) => `sensor/${Math.floor(index / METRICS.length)}/${METRICS[index % METRICS.length] ?? ''}`
}

function shuffle<T>(items: T[]): T[] {
  for (let index = items.length - 1; index > 0; index--) {
    const other = random(index + 1)
    const item = items[index] as T
    items[index] = items[other] as T
    items[other] = item
  }
  return items
}

/** Messages in one buffer; message n is bytes [ends[n - 1], ends[n]). */
function lay(messages: Uint8Array[]): { bytes: Uint8Array; ends: number[] } {
  const bytes = new Uint8Array(messages.reduce((total, message) => total + message.length, 0))
  let end = 0
  const ends = messages.map((message) => {
    bytes.set(message, end)
    end += message.length
    return end
  })
  return { bytes, ends }
}

function nanoseconds(count: number, work: () => unknown): number {
  const begin = performance.now()
  work()
  return ((performance.now() - begin) * 1e6) / count
}

function countMatches(tree: RadixTree, bytes: Uint8Array, ends: number[]): number {
  let start = 0
  let matched = 0
  for (const end of ends) {
    if (tree.match(bytes, start, end)) matched++
    start = end
  }
  return matched
}

function timeMatches(tree: RadixTree, messages: Uint8Array[]): number {
  const { bytes, ends } = lay(messages)
  // A miss may still begin with another topic, but rarely does, so either all match or almost none.
  const matched = countMatches(tree, bytes, ends)
  if (matched !== ends.length && matched > ends.length / 100) throw new Error('wrong matches')
  const runs = Array.from({ length: RUNS }, () => nanoseconds(ends.length, () => countMatches(tree, bytes, ends)))
  return Math.min(...runs)
}

interface RadixFigures {
  readonly subscribe: number
  readonly hit: number
  readonly miss: number
  readonly unsubscribe: number
  readonly bytes: number
}

function measure(name: string, count: number): RadixFigures {
  const encoder = new TextEncoder()
  const make = sets[name]
  if (make === undefined) throw new Error(`no set ${name}`)
  const names = new Set<string>()
  for (let index = 0; names.size < count; index++) names.add(make(index))
  const topics = shuffle(Array.from(names, (topic) => encoder.encode(topic)))

  const tree = new RadixTree()
  const subscribe = nanoseconds(count, () => {
    for (const topic of topics) tree.add(topic)
  })
  const bytes = tree.memory / count

  const probes = Array.from({ length: PROBES }, () => topics[random(count)] as Uint8Array)
  const payload = encoder.encode(PAYLOAD)
  const hit = timeMatches(
    tree,
    probes.map((topic) => Uint8Array.from([...topic, ...payload]))
  )
  const wrong = probes.map((topic) => Uint8Array.from([...topic.subarray(0, -1), 0x7f, ...payload]))
  const miss = timeMatches(tree, wrong)
  shuffle(topics)
  const unsubscribe = nanoseconds(count, () => {
    for (const topic of topics) tree.remove(topic)
  })
  if (tree.size !== 0) throw new Error('topics remain')
  return { subscribe, hit, miss, unsubscribe, bytes }
}

const [name = 'random', count = '10000'] = process.argv.slice(2)
for (let run = 0; run < 3; run++) measure(name, 10_000) // warms up the compiler
console.log(JSON.stringify(measure(name, Number(count))))
