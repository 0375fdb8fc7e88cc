/** The pages of the site, as they are handed to its generator. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writePages } from '../../scripts/site/pages.ts'

describe('the pages of the site', () => {
  let folder: string
  let pages: string[]
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'hubless-site-'))
    pages = writePages(folder, 'https://example.com/repository')
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const page = (path: string): string => readFileSync(join(folder, path), 'utf8')

  it('are all of docs/, each once, the guide first', () => {
    const names = readdirSync('docs', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'))
    expect(pages.filter((path) => path.startsWith('docs/')).sort()).toEqual(
      names.map((name) => `docs/${name.replaceAll('\\', '/')}`).sort()
    )
    expect(pages[0]).toBe('docs/guide/README.md')
  })

  it('have their heading as title', () => {
    expect(page('docs/tls.md')).toMatch(/^---\ntitle: "TLS"\ngroup: Transports\n---\n/)
  })

  it('link to each other as before, and to the repository for everything else', () => {
    expect(page('docs/tls.md')).toContain('](websocket.md)')
    expect(page('docs/guide/deploying.md')).toContain('](https://example.com/repository/tree/main/examples/cluster)')
    expect(page('CONTRIBUTING.md')).toContain('](https://example.com/repository/blob/main/src/core/protocol.ts)')
  })

  it('take their pictures along', () => {
    const picture = 'docs/benchmarks/amd/throughput-pipeline-tcp.svg'
    expect(page('README.md')).toContain(`](${picture})`)
    expect(page(picture)).toContain('<svg')
  })
})
