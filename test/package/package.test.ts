/**
 * The package as its users get it: built into a directory of its own, packed, and loaded from another one by `import`
 * and by `require`, and in the way of pages: by the condition `browser`, bundled or not.
 */
import { type ExecFileSyncOptions, execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

interface Manifest {
  readonly name: string
  readonly exports: Record<string, unknown>
  readonly sideEffects: string[]
  readonly bin: Record<string, string>
  readonly dependencies: Record<string, string>
}

const root = process.cwd()
const tsc = join(root, 'node_modules/typescript/bin/tsc')
const tsx = join(root, 'node_modules/tsx/dist/cli.mjs')
/** All of what is bundled does something: it is for Node, where nothing is left out. */
const bundles = './dist/node/**'
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest
const subpaths = Object.keys(manifest.exports).filter((key) => key !== './package.json')
const specifiers = subpaths.map((subpath) => join(manifest.name, subpath).replaceAll('\\', '/'))

/** A directory with nothing but the built package and its dependencies in `node_modules`. */
let user: string
let built: string

beforeAll(() => {
  user = realpathSync(mkdtempSync(join(tmpdir(), 'hubless-package-')))
  built = join(user, 'node_modules', manifest.name)
  for (const name of Object.keys(manifest.dependencies)) {
    const place = join(user, 'node_modules', name)
    mkdirSync(dirname(place), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), place, 'junction')
  }
  mkdirSync(built)
  for (const name of ['package.json', 'README.md', 'LICENSE']) cpSync(name, join(built, name))
  cpSync('src', join(built, 'src'), { recursive: true })
  run(
    process.execPath,
    [tsc, '-p', 'tsconfig.build.json', '--outDir', join(built, 'dist'), '--declarationDir', join(built, 'dist/types')],
    { cwd: root }
  )
  run(process.execPath, [tsx, 'scripts/bundle.ts', join(built, 'dist')], { cwd: root })
}, 60_000)

afterAll(() => rmSync(user, { recursive: true, force: true }))

function run(program: string, args: string[], options: ExecFileSyncOptions = {}): string {
  try {
    return execFileSync(program, args, { cwd: user, encoding: 'utf8', stdio: 'pipe', ...options }) as string
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`${program} ${args.join(' ')}\n${stdout ?? ''}${stderr ?? ''}`)
  }
}

function json<T>(program: string, ...args: string[]): T {
  return JSON.parse(run(program, args)) as T
}

/** Targets in `exports`, whatever the condition. */
function targets(value: unknown): string[] {
  return typeof value === 'string' ? [value] : Object.values(value as object).flatMap(targets)
}

describe('a program that uses the package', () => {
  it('COM-09 loads every subpath by import', () => {
    const script = `
      const names = {}
      for (const path of ${JSON.stringify(specifiers)}) names[path] = Object.keys(await import(path)).length
      const { Pair } = await import('hubless')
      const [a, b] = [new Pair(), new Pair()]
      b.connect((await a.bind('tcp://127.0.0.1:0')).url)
      await a.send('sent')
      names.received = String(await b.recv())
      await Promise.all([a.close(), b.close()])
      console.log(JSON.stringify(names))`
    const names = json<Record<string, unknown>>(process.execPath, '--input-type=module', '-e', script)
    for (const specifier of specifiers) expect(names[specifier], specifier).toBeGreaterThan(0)
    expect(names.received).toBe('sent')
  })

  it('COM-09 loads every subpath by require, and gets the same modules as by import', () => {
    const script = `
      (async () => {
        const same = {}
        for (const path of ${JSON.stringify(specifiers)}) {
          const required = require(path)
          const imported = await import(path)
          const names = Object.keys(required)
          same[path] = names.length > 0 && names.every((name) => name in imported && required[name] === imported[name])
        }
        same.version = require('hubless/package.json').version
        console.log(JSON.stringify(same))
      })()`
    const same = json<Record<string, unknown>>(process.execPath, '--input-type=commonjs', '-e', script)
    for (const specifier of specifiers) expect(same[specifier], specifier).toBe(true)
    expect(same.version).toMatch(/^\d+\.\d+\.\d+/)
  })

  it('listens over WebSocket in Node although it loads the entry for browsers, too', () => {
    const script = `
      require('hubless')
      const { Pair } = require('hubless/browser')
      const pair = new Pair()
      pair.bind('ws://127.0.0.1:0').then(({ url }) => console.log(JSON.stringify(url)), console.error).then(() => pair.close())`
    expect(json(process.execPath, '--input-type=commonjs', '-e', script)).toMatch(/^ws:/)
  })

  it('loads five files of it in Node, and none of TLS, HTTP or cryptography, before it asks for more', () => {
    const script = `
      const before = new Set(process.moduleLoadList)
      require('hubless')
      const natives = process.moduleLoadList.filter((name) => !before.has(name))
      console.log(JSON.stringify({ files: Object.keys(require.cache), natives }))`
    const { files, natives } = json<{ files: string[]; natives: string[] }>(
      process.execPath,
      '--input-type=commonjs',
      '-e',
      script
    )
    expect(files.length).toBeLessThanOrEqual(5)
    expect(files).toContain(join(built, 'dist/node/index.cjs'))
    expect(natives.filter((name) => /^NativeModule (_?tls|_?http|https|crypto)/.test(name))).toEqual([])
  })
})

/** All that works in pages, together: a device of raw sockets between sockets, one with a codec, and a directory. */
const together = `
  import { Rep, Req, Surveyor } from 'hubless'
  import { json } from 'hubless/codecs'
  import { Directory } from 'hubless/discovery'
  import { device, Rep as RawRep, Req as RawReq } from 'hubless/raw'

  const [front, back, req, rep] = [new RawRep(), new RawReq(), new Req(), new Rep({ codec: json() })]
  await front.bind('inproc://front')
  await back.bind('inproc://back')
  device(front, back)
  req.connect('inproc://front')
  rep.connect('inproc://back')
  rep.serve(({ body }) => body + 1)
  const body = await req.request('41', { timeout: 5000 })
  const directory = new Directory()
  const isSocket = directory instanceof Surveyor
  console.log(JSON.stringify({ reply: new TextDecoder().decode(body), bytes: body.constructor.name, isSocket }))
  await Promise.all([front, back, req, rep, directory].map((socket) => socket.close()))`

describe('hubless, raw, codecs and discovery are one library, loaded once', () => {
  let program: string
  beforeAll(() => {
    program = join(user, 'together.mjs')
    writeFileSync(program, together)
  })

  it('WS-33 in Node', () => {
    expect(json(process.execPath, program)).toEqual({ reply: '42', bytes: 'Buffer', isSocket: true })
  })

  it('WS-33 where the condition browser holds', () => {
    const loaded = json(process.execPath, '--conditions=browser', program)
    expect(loaded).toEqual({ reply: '42', bytes: 'Uint8Array', isSocket: true })
  })

  it('WS-33 where the condition browser holds sockets listen over inproc, and ask authorize', () => {
    const bare = join(user, 'bare.mjs')
    writeFileSync(
      bare,
      `import { Pair } from 'hubless'
      const web = await new Pair().bind('ws://127.0.0.1:0').catch(({ code }) => code)
      const closed = new Pair()
      const tooLate = closed.bind('inproc://b').catch(({ code }) => code)
      closed.close()
      const [one, other] = [new Pair(), new Pair()]
      const asked = []
      const authorize = ({ endpoint }) => asked.push(endpoint.kind) > 0
      const most = one.options.maxAuthorizing
      other.connect('inproc://a', { authorize })
      await one.bind('inproc://a', { authorize })
      await other.send('hello')
      const said = new TextDecoder().decode(await one.recv())
      console.log(JSON.stringify({ web, tooLate: await tooLate, said, asked, most }))
      process.exit()`
    )
    const said = json(process.execPath, '--conditions=browser', bare)
    expect(said).toEqual({ web: 'ENOTSUP', tooLate: 'EBADF', said: 'hello', asked: ['listener', 'dialer'], most: 1024 })
  })

  it('WS-33 hubless/browser by its name is what pages get, over the WebSocket that is there', () => {
    const page = join(user, 'page.mjs')
    writeFileSync(
      page,
      `globalThis.WebSocket = class { constructor(url) { console.log(JSON.stringify({ url })); process.exit() } }
      const { Pull } = await import('hubless/browser')
      new Pull().connect('ws://127.0.0.1:1/page')`
    )
    expect(json(process.execPath, page)).toEqual({ url: 'ws://127.0.0.1:1/page' })
  })

  it('WS-33 in a bundle for a page, which needs no module of Node', async () => {
    const outfile = join(user, 'bundle.mjs')
    const { metafile } = await build({
      entryPoints: [program],
      outfile,
      absWorkingDir: user,
      bundle: true,
      metafile: true,
      format: 'esm',
      platform: 'browser',
      logLevel: 'silent'
    })
    const modules = Object.keys(metafile.inputs)
    expect(modules.filter((name) => name.endsWith('core/errors.js'))).toHaveLength(1)
    expect(modules.filter((name) => name.endsWith('dist/node.js'))).toEqual([])
    expect(json(process.execPath, outfile)).toEqual({ reply: '42', bytes: 'Uint8Array', isSocket: true })
  })
})

describe('a bundle for Node has the transports of Node', () => {
  const source = `
    import { Rep, Req } from 'hubless'
    const [req, rep] = [new Req(), new Rep()]
    rep.bind('ws://127.0.0.1:0').then(async ({ url }) => {
      rep.serve(({ body }) => body + '!')
      req.connect(url)
      console.log(JSON.stringify(String(await req.request('hello', { timeout: 5000 }))))
      await Promise.all([req.close(), rep.close()])
    })`

  it.each([
    { format: 'esm', outfile: 'bundle-node.mjs' },
    { format: 'cjs', outfile: 'bundle-node.cjs' }
  ] as const)('as $format', async ({ format, outfile }) => {
    const stdin = { contents: source, resolveDir: user }
    await build({ stdin, outfile: join(user, outfile), bundle: true, format, platform: 'node', tsconfigRaw: {} })
    expect(json(process.execPath, join(user, outfile))).toBe('hello!')
  })

  it('as CommonJS of nanocat', async () => {
    const outfile = join(user, 'bundle-nanocat.cjs')
    const entryPoints = [join(built, manifest.bin.nanocat ?? '')]
    const external = ['msgpackr']
    await build({ entryPoints, outfile, external, bundle: true, format: 'cjs', platform: 'node', tsconfigRaw: {} })
    expect(run(process.execPath, [outfile, '--version'])).toMatch(/\d+\.\d+\.\d+/)
  })
})

describe('types follow the condition', () => {
  const imports = `
    import { Req } from 'hubless'
    import { text } from 'hubless/codecs'
    import { Directory, type Service } from 'hubless/discovery'
    import { Sub } from 'hubless/raw'
    export const service: Service | undefined = (await new Directory().list())[0]
    export const reply: string = await new Req({ codec: text() }).request('')
    const { body } = await new Sub().recv()
`

  function compile(name: string, source: string, ...options: string[]): void {
    const file = join(user, name)
    writeFileSync(file, imports + source)
    const common = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023']
    run(process.execPath, [tsc, ...common, ...options, file])
  }

  it('WS-33 in a page bodies are Uint8Array, and no type of Node is needed', () => {
    const source = 'export const bytes: typeof body = new Uint8Array()'
    compile('page.mts', source, '--customConditions', 'browser', '--lib', 'es2023,esnext.disposable,dom', '--types', '')
  })

  it('in CommonJS bodies are Buffer, too', () => {
    const file = join(user, 'node.cts')
    writeFileSync(file, `import { Req } from 'hubless'\nexport const body: Promise<Buffer> = new Req().request('')`)
    const nodeTypes = ['--typeRoots', join(root, 'node_modules/@types'), '--types', 'node', '--lib', 'es2022']
    run(process.execPath, [tsc, '--noEmit', '--strict', '--module', 'node16', '--target', 'es2022', ...nodeTypes, file])
  })

  it('in Node bodies are Buffer', () => {
    const nodeTypes = ['--typeRoots', join(root, 'node_modules/@types'), '--types', 'node']
    compile('node.mts', 'export const buffer: Buffer = body', '--lib', 'es2023,esnext.disposable', ...nodeTypes)
  })
})

describe('what is packed', () => {
  it('is built code, its types and maps, their sources, and the usual documents', () => {
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
    const args = ['pack', '--dry-run', '--json', '--ignore-scripts']
    const output = run(npm, args, { cwd: built, shell: process.platform === 'win32' })
    const packed: unknown = JSON.parse(output)
    const [first] = Array.isArray(packed) ? packed : Object.values(packed as object)
    const files = (first as { files: { path: string }[] }).files.map(({ path }) => path)
    const others = files.filter(
      (path) => !/^(dist\/[\w/-]+\.(c?js|d\.m?ts|c?js\.map|d\.ts\.map)|src\/[\w/-]+\.ts)$/.test(path)
    )
    expect(others.sort()).toEqual(['LICENSE', 'README.md', 'dist/types/package.json', 'package.json'])
    const promised = [...targets(manifest.exports), ...Object.values(manifest.bin), ...manifest.sideEffects]
    for (const target of promised.filter((target) => target !== bundles))
      expect(files).toContain(target.replace('./', ''))
    expect(files).toContain('src/core/socket.ts')
  }, 30_000)

  it('needs no install script, here or in a dependency', () => {
    for (const name of ['.', ...Object.keys(manifest.dependencies).map((name) => join('node_modules', name))]) {
      const { scripts = {} } = JSON.parse(readFileSync(join(name, 'package.json'), 'utf8')) as { scripts?: object }
      for (const hook of ['preinstall', 'install', 'postinstall'])
        expect(Object.keys(scripts), name).not.toContain(hook)
    }
  })

  it('lists every module that does something when it is loaded, so that bundlers keep it', () => {
    const active = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !/^(cli)\b/.test(name))
      .filter((name) => doesSomething(readFileSync(join(root, 'src', name), 'utf8')))
      .map((name) => `./dist/${name.replaceAll('\\', '/').replace(/\.ts$/, '.js')}`)
    expect([...manifest.sideEffects].sort()).toEqual([...active, bundles].sort())
  })
})

/** Whether a module has a statement of its own, or an import for its effects. They begin in the first column. */
function doesSomething(source: string): boolean {
  const code = source.replaceAll(/\/\*.*?\*\//gs, '')
  return /^(import '|for |if |[a-zA-Z.]+\(|[A-Z][\w.]*\.[\w.]+ =)/m.test(code)
}
