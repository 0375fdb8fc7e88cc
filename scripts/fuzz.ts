/**
 * `npm run fuzz -- [--minutes N] [--seed S]`: the tests of properties again and again, each round with another seed, until the
 * time is up (default 10 minutes). They say random and damaged bytes to every listener and every dialer, and take random steps
 * with sockets of every pattern. A round that fails is replayed by its seed: `npm run fuzz -- --seed S --minutes 0`.
 */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: `${Date.now() % 1_000_000_000}` }
  }
})
const [minutes, first] = [Number(values.minutes), Number(values.seed)]
if (!(minutes >= 0)) fail(`--minutes is ${values.minutes}; allowed is a number from 0`)
if (!Number.isSafeInteger(first)) fail(`--seed is ${values.seed}; allowed is a whole number`)

/** Where properties are: with streams and sockets as a whole, and beside the parts that they are about. */
const tests = [
  'test/property',
  'test/core/ring.test.ts',
  'test/core/topics',
  'test/protocols/id-table.test.ts',
  'test/transports/stream/chunk-queue.test.ts',
  'test/transports/ws/decoder.test.ts',
  'test/transports/ws/writer.test.ts',
  'test/transports/zmtp/envelope.test.ts'
]

const end = Date.now() + minutes * 60_000
let seed = first
do {
  console.log(`seed ${seed}, ${Math.max(0, Math.ceil((end - Date.now()) / 1000))} s left`)
  const { status, stdout, stderr } = spawnSync('vitest', ['run', '--reporter=dot', ...tests], {
    env: { ...process.env, FUZZ_SEED: `${seed}` },
    encoding: 'utf8',
    maxBuffer: 1 << 28
  })
  if (status !== 0) fail(`${stdout}${stderr}\nIt failed; again: npm run fuzz -- --seed ${seed} --minutes 0`)
  seed++
} while (Date.now() < end)
console.log(`${seed - first} rounds passed, seeds ${first} to ${seed - 1}`)

function fail(why: string): never {
  console.error(why)
  process.exit(1)
}
