/**
 * The cases of `npm run test:consumers`: how users load, compile, bundle and test with the package, each by the tools'
 * defaults. Every case runs in a folder where the packed package and the tools are installed, and throws what is wrong.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Case {
  readonly tool: string
  readonly does: string
  /** Why it cannot work. */
  readonly unsupported?: string
  run(folder: string): void
}

/** As npm installs them; what TypeScript is has two older versions beside it. */
export const tools = [
  'esbuild@0.28',
  'jest@30',
  'jest-environment-jsdom@30',
  'rollup@4',
  '@rollup/plugin-node-resolve@16',
  '@types/node@20',
  'typescript@7',
  'typescript-5.4@npm:typescript@5.4',
  'typescript-5.9@npm:typescript@5.9',
  'vite@8',
  'vitest@4',
  'webpack@5'
] as const

function node(folder: string, ...args: string[]): string {
  return execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe', timeout: 120_000 })
}

const works = (folder: string, ...args: string[]): void => {
  const said = node(folder, ...args)
  if (said.trim() !== 'works') throw new Error(said)
}

const loads: Case[] = [
  { tool: 'Node', does: '`require` and `import` of every entry, in one process', run: (at) => works(at, 'both.cjs') },
  {
    tool: 'Node',
    does: 'with `--conditions=browser`, as pages',
    run: (at) => works(at, '--conditions=browser', 'page.mjs')
  }
]

const compilers = ['typescript-5.4', 'typescript-5.9', 'typescript']
const resolutions = [
  { resolution: 'node10', module: 'commonjs', files: ['types.ts'] },
  { resolution: 'node16', module: 'node16', files: ['types.mts', 'types.cts'] },
  { resolution: 'nodenext', module: 'nodenext', files: ['types.mts', 'types.cts'] },
  { resolution: 'bundler', module: 'esnext', files: ['types.ts'] }
]
const compiles = compilers.flatMap((compiler) =>
  resolutions.map(
    ({ resolution, module, files }): Case => ({
      tool: compiler,
      does: `\`moduleResolution: ${resolution}\`${files.length > 1 ? ', in ES modules and in CommonJS' : ''}`,
      ...(compiler === 'typescript' && resolution === 'node10' ? { unsupported: 'TypeScript 7 has no `node10`.' } : {}),
      run(folder) {
        const how = { module, moduleResolution: resolution, target: 'es2022', lib: ['es2022'], types: ['node'] }
        const compilerOptions = { ...how, strict: true, skipLibCheck: false, noEmit: true }
        for (const file of files) writeFileSync(join(folder, file), readFileSync(join(folder, 'types.ts')))
        writeFileSync(join(folder, 'types.json'), JSON.stringify({ compilerOptions, files }))
        node(folder, `node_modules/${compiler}/bin/tsc`, '-p', 'types.json')
      }
    })
  )
)

/** A bundle for Node, which has to work, and one for a page, which must not need a module of Node as well. */
function bundles(tool: string, does: string, bundle: (folder: string) => string, page = false): Case {
  return {
    tool,
    does,
    run(folder) {
      const file = bundle(folder)
      const needed = /(from|import|require)\s*\(?\s*["'`](node:[\w/]+)/.exec(readFileSync(join(folder, file), 'utf8'))
      if (page && needed) throw new Error(`the bundle for a page needs ${needed[2]}`)
      works(folder, file)
    }
  }
}

function esbuild(folder: string, out: string, ...args: string[]): string {
  const common = ['--bundle', '--log-level=error', `--outfile=${out}`]
  execFileSync('node_modules/.bin/esbuild', [...common, ...args], { cwd: folder, stdio: 'pipe' })
  return out
}

function byConfig(folder: string, name: string, config: string, ...args: string[]): void {
  writeFileSync(join(folder, name), config)
  node(folder, ...args, name)
}

function rollup(folder: string, out: string, input: string, format: string, options: string): string {
  const config = `
    import resolve from '@rollup/plugin-node-resolve'
    export default {
      input: '${input}', plugins: [resolve(${options})], external: /^node:/,
      output: { file: '${out}', format: '${format}', inlineDynamicImports: true }
    }`
  byConfig(folder, 'rollup.config.mjs', config, 'node_modules/rollup/dist/bin/rollup', '--silent', '-c')
  return out
}

function webpack(folder: string, out: string, input: string, target: string): string {
  const config = `
    const webpack = require('webpack')
    const output = { path: __dirname, filename: '${out}', chunkFormat: false }
    const plugins = [new webpack.optimize.LimitChunkCountPlugin({ maxChunks: 1 })]
    webpack({ mode: 'production', entry: './${input}', target: '${target}', output, plugins }, (error, stats) => {
      if (error || stats.hasErrors()) throw error || stats.toString()
    })`
  byConfig(folder, 'webpack.run.cjs', config)
  return out
}

function vite(folder: string, out: string, input: string, options: string): string {
  const config = `
    import { build } from 'vite'
    const rolldownOptions = { input: '${input}', output: { entryFileNames: '${out}', codeSplitting: false } }
    const common = { emptyOutDir: false, outDir: '.', copyPublicDir: false, rolldownOptions }
    await build({ logLevel: 'error', ${options} })`
  byConfig(folder, 'vite.run.mjs', config)
  return out
}

const bundled: Case[] = [
  bundles('esbuild', 'ES module for Node', (at) =>
    esbuild(at, 'esbuild-node.mjs', 'node.mjs', '--platform=node', '--format=esm')
  ),
  bundles('esbuild', 'CommonJS for Node', (at) =>
    esbuild(at, 'esbuild-node.cjs', 'node.mjs', '--platform=node', '--format=cjs')
  ),
  {
    tool: 'esbuild',
    does: 'nanocat, CommonJS for Node',
    run(folder) {
      const program = 'node_modules/hubless/dist/node/cli/main.cjs'
      const out = esbuild(folder, 'nanocat.cjs', program, '--platform=node', '--format=cjs', '--external:msgpackr')
      execFileSync(process.execPath, [out, '--rep', '--bind', 'ipc://x', '--data', 'y', '--help'], { cwd: folder })
    }
  },
  bundles('esbuild', 'ES module for a page', (at) => esbuild(at, 'esbuild-page.mjs', 'page.mjs', '--format=esm'), true),
  bundles('rollup', 'ES module for Node', (at) => rollup(at, 'rollup-node.mjs', 'node.mjs', 'es', '')),
  bundles('rollup', 'CommonJS for Node', (at) => rollup(at, 'rollup-node.cjs', 'node.mjs', 'cjs', '')),
  bundles(
    'rollup',
    'ES module for a page',
    (at) => rollup(at, 'rollup-page.mjs', 'page.mjs', 'es', '{ browser: true }'),
    true
  ),
  bundles('vite', 'ES module for Node, by `build.ssr` and `ssr.noExternal`', (at) =>
    vite(at, 'vite-node.mjs', 'node.mjs', 'ssr: { noExternal: true }, build: { ...common, ssr: true }')
  ),
  bundles('vite', 'a page', (at) => vite(at, 'vite-page.mjs', 'page.mjs', 'build: common'), true),
  bundles('webpack', 'for Node', (at) => webpack(at, 'webpack-node.cjs', 'node.mjs', 'node20')),
  bundles('webpack', 'a page', (at) => webpack(at, 'webpack-page.cjs', 'page.mjs', 'web'), true)
]

const tested: Case[] = [
  {
    tool: 'jest',
    does: 'without flags',
    run: (at) => void node(at, 'node_modules/jest/bin/jest.js', '--rootDir=.', 'jest.test.js')
  },
  {
    tool: 'jest-environment-jsdom',
    does: '`testEnvironment: jsdom`',
    unsupported: 'it has no `TextEncoder`; begin the test with `@jest-environment node`.',
    run: (at) => void node(at, 'node_modules/jest/bin/jest.js', '--rootDir=.', '--env=jsdom', 'jest.test.js')
  },
  {
    tool: 'vitest',
    does: 'without flags',
    run: (at) => void node(at, 'node_modules/vitest/vitest.mjs', 'run', 'vitest.test.mjs')
  }
]

export const cases: readonly Case[] = [...loads, ...compiles, ...bundled, ...tested]
