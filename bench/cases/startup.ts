/** What it costs to begin: `import 'hubless'` beside an empty file, and `nanocat --help` beside `node -e 0`. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { directory } from '../harness/address.ts'
import { type Case, type Effort, type Figures, type Metric, scaled } from '../harness/case.ts'
import { root } from '../harness/root.ts'

const starts = 20
const metrics: readonly Metric[] = [
  { name: 'time', unit: 'ms', better: 'less' },
  { name: 'cpu', unit: 'ms', better: 'less' }
]

/** Command lines of Node by name; `file` has the text of the file that is run. */
interface Start {
  readonly label: string
  readonly file?: string
  readonly args?: readonly string[]
}

const entry = pathToFileURL(join(root, 'dist/node/index.cjs')).href
const cases: Readonly<Record<string, readonly Start[]>> = {
  import: [
    { label: 'hubless', file: `import '${entry}'` },
    { label: 'bare: an empty file', file: '' }
  ],
  help: [
    { label: 'hubless', args: [join(root, 'dist/node/cli/main.cjs'), '--help'] },
    { label: 'bare: node -e 0', args: ['-e', '0'] }
  ]
}

export function startup(effort: Effort): Case[] {
  return Object.entries(cases).map(([name, subjects]) => ({
    name: `startup/${name}`,
    metrics,
    subjects: subjects.map((start, index) => ({
      peer: { label: start.label },
      measure: () => fastest(argumentsOf(start, `${name}-${index}.mjs`), scaled(starts, effort, 5))
    }))
  }))
}

function argumentsOf({ file, args = [] }: Start, name: string): readonly string[] {
  if (file === undefined) return args
  const path = join(directory, name)
  writeFileSync(path, file)
  return [path]
}

/** Whatever else runs only adds to it. */
async function fastest(args: readonly string[], times: number): Promise<Figures> {
  const all: Figures[] = []
  while (all.length < times) all.push(await start(args))
  const least = (name: string): number => Math.min(...all.map((one) => one[name] ?? Number.NaN))
  return { time: least('time'), cpu: least('cpu') }
}

/** Says at its exit what it has spent, on a pipe of its own. */
const account = `process.on('exit', () => {
  const { user, system } = process.cpuUsage()
  require('node:fs').writeSync(3, String((user + system) / 1e3))
})`

async function start(args: readonly string[]): Promise<Figures> {
  const preload = join(directory, 'account.cjs')
  writeFileSync(preload, account)
  const begin = performance.now()
  const child = spawn(process.execPath, ['-r', preload, ...args], { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] })
  let said = ''
  child.stdio[3]?.on('data', (chunk) => {
    said += chunk
  })
  await once(child, 'close')
  return { time: performance.now() - begin, cpu: Number(said) }
}
