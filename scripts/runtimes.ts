/**
 * `npm run test:runtimes [NAME…]`: runs the features of `test/runtimes` from the packed tarball in every runtime, each in a
 * process of its own, prints the table and writes it into `docs/runtimes.md`. What is not supported is in `unsupported`,
 * with its reason; any other failure fails the run.
 */
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { build } from 'esbuild'
import { features } from '../test/runtimes/main.ts'
import { type Runtime, runtimes, unsupported } from './runtimes/runtimes.ts'
import { fill, table } from './runtimes/table.ts'
import { install, pack } from './workspace.ts'

const folder = resolve('.runtimes')
/** For one feature, ms. */
const patience = 30_000

/** Undefined when it works, else what it said. */
function run({ path, args }: Runtime, index: number): Promise<string | undefined> {
  return new Promise((done, reject) => {
    const program = `${folder}/user/features.mjs`
    const child = spawn(resolve(folder, path), [...args, program, `${index}`], { cwd: `${folder}/user` })
    let output = ''
    const collect = (chunk: Buffer): unknown => (output += chunk)
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    const timer = setTimeout(() => {
      output += `\nstill running after ${patience} ms`
      child.kill('SIGKILL')
    }, patience)
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      done(code === 0 ? undefined : output.trim() || `exit code ${code}`)
    })
  })
}

/** One certificate for both sides, which is its own authority, and one of a stranger. */
function makeCertificates(place: string): void {
  const [known, stranger] = ['local', 'stranger'].map((name) => {
    const [keyFile, certFile] = [`${place}/${name}.key`, `${place}/${name}.crt`]
    const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1'
    const args = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -addext ${names}`
    execFileSync('openssl', [...args.split(' '), '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' })
    return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
  })
  writeFileSync(`${place}/certificates.json`, JSON.stringify({ ca: known?.cert, ...known, stranger }))
}

const wanted = process.argv.slice(2)
const chosen = runtimes.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.startsWith(word)))

const tarball = pack(folder)
install(`${folder}/user`, [tarball, '@noble/ciphers'])
for (const { folder: place, package: name } of chosen) install(`${folder}/${place}`, [name])
makeCertificates(`${folder}/user`)
await build({
  entryPoints: ['test/runtimes/main.ts'],
  outfile: `${folder}/user/features.mjs`,
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  // Without this the names lead to the sources here.
  tsconfigRaw: {}
})

const results = new Map<string, (string | undefined)[]>()
for (const runtime of chosen) {
  const row: (string | undefined)[] = []
  for (const [index, { name }] of features.entries()) {
    const said = await run(runtime, index)
    row.push(said)
    const reason = unsupported(runtime.name, name)
    if (said !== undefined && reason === undefined) {
      console.error(`── ${runtime.name}: ${name}\n${said}\n`)
      process.exitCode = 1
    } else if (said === undefined && reason !== undefined) {
      console.error(`── ${runtime.name}: ${name} works, although it is said not to: ${reason}`)
      process.exitCode = 1
    }
  }
  results.set(runtime.name, row)
}

const text = table(features, results)
console.log(text)
if (wanted.length === 0 && process.exitCode === undefined) fill('docs/runtimes.md', 'table', text)
