/** The programs in README.md and docs/ compile, run, end by themselves and print what they say they print. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runProgram } from '../helpers/program.ts'
import { readSnippets } from '../helpers/snippets.ts'

const snippets = readSnippets()
const root = process.cwd()
let directory: string

beforeAll(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'hubless-docs-')))
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'), 'junction')
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }')
})

afterAll(() => rmSync(directory, { recursive: true, force: true }))

it('has programs in the README and in the pages', () => {
  const pages = new Set(snippets.map(({ name }) => name.split(':')[0]))
  for (const page of ['README.md', 'docs/discovery.md', 'docs/errors.md']) expect(pages).toContain(page)
})

it('compiles every program', () => {
  mkdirSync(join(directory, 'compiled'))
  for (const [index, { name, source }] of snippets.entries()) {
    writeFileSync(join(directory, 'compiled', `${name.replace(/\W/g, '_')}_${index}.ts`), `${source}\nexport {}\n`)
  }
  const source = (path: string): string[] => [join(root, 'src', path)]
  const tsconfig = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: {
      noEmit: true,
      declaration: false,
      lib: ['es2023', 'esnext.disposable'],
      types: ['node'],
      paths: {
        hubless: source('index.ts'),
        'hubless/browser': source('browser.ts'),
        'hubless/inproc': source('inproc.ts'),
        'hubless/nats': source('nats.ts'),
        'hubless/raw': source('raw.ts'),
        'hubless/zmtp': source('zmtp.ts'),
        'hubless/threads': source('threads.ts'),
        'hubless/*': source('*/index.ts')
      }
    },
    include: ['compiled']
  }
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(tsconfig))
  try {
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', directory], {
      encoding: 'utf8'
    })
  } catch (error) {
    expect.fail((error as { stdout?: string }).stdout ?? String(error))
  }
}, 60_000)

it.each(snippets.filter(({ runs }) => runs))('$name prints what it says, and leaves nothing open', async (snippet) => {
  const { name, prints } = snippet
  expect(prints.length, 'a program shows what it prints with // → comments').toBeGreaterThan(0)
  const path = join(directory, `${name.replace(/\W/g, '_')}.ts`)
  writeFileSync(path, await onFreePorts(snippet.source))
  expect(await runProgram(path)).toEqual(prints)
})

/** Programs in the documentation use ports like 5555 of this machine; here they must not meet others. */
async function onFreePorts(source: string): Promise<string> {
  let text = source
  for (const place of new Set(source.match(/127\.0\.0\.1:\d{4}/g))) {
    text = text.replaceAll(place, `127.0.0.1:${await freePort()}`)
  }
  return text
}

function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve) => {
    server.listen(0, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
    })
  })
}
