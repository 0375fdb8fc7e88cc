/**
 * The pages of the site: those of the repository, each with its title and its place among the others. A link between two
 * of them stays one; a link to a file that is no page leads to the repository.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'

/** Where the pages stand beside the reference, in the order in which they are read. */
export const groups: Readonly<Record<string, readonly string[]>> = {
  Guide: ['docs/guide/*'],
  'Sockets and messages': [
    'docs/guarantees.md',
    'docs/options.md',
    'docs/events.md',
    'docs/errors.md',
    'docs/limits.md',
    'docs/bus-topologies.md',
    'docs/streams.md'
  ],
  Transports: ['docs/tls.md', 'docs/websocket.md', 'docs/threads.md', 'docs/workers.md', 'docs/zeromq.md'],
  'Clusters and discovery': ['docs/cluster.md', 'docs/nats.md', 'docs/discovery.md'],
  'Running it': [
    'docs/operating.md',
    'docs/observability.md',
    'docs/health.md',
    'docs/nanocat.md',
    'docs/nanocat-options.md',
    'docs/reliability.md',
    'docs/benchmarks/README.md'
  ],
  'Other places': ['docs/browser.md', 'docs/runtimes.md', 'docs/migrating.md', 'docs/comparison.md', 'docs/testing.md'],
  Project: [
    'docs/versioning.md',
    'CHANGELOG.md',
    'SECURITY.md',
    'CONTRIBUTING.md',
    'docs/architecture.md',
    'docs/state-machines.md',
    'docs/conformance.md',
    'docs/*'
  ]
}

/** Writes the README, without its heading, and all pages into `folder`, each at its own path; returns their paths, in order. */
export function writePages(folder: string, repository: string): string[] {
  const places = placesOf()
  const known = new Set(['README.md', ...places.keys()])
  for (const path of known) {
    const text = withLinks(readFileSync(path, 'utf8'), path, known, folder, repository)
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    writeFileSync(
      join(folder, path),
      path === 'README.md' ? text.replace(/^# .*\n/, '') : titled(text, places.get(path) ?? '')
    )
  }
  return [...places.keys()]
}

/** The group of each page. `*` stands for those of a folder that no group names, an index first. */
function placesOf(): Map<string, string> {
  const places = new Map<string, string>()
  const named = new Set(Object.values(groups).flat())
  for (const [group, paths] of Object.entries(groups)) {
    for (const path of paths) {
      const pages = path.endsWith('/*') ? pagesIn(dirname(path)).filter((page) => !named.has(page)) : [path]
      for (const page of pages) if (!places.has(page)) places.set(page, group)
    }
  }
  return places
}

function pagesIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'))
  return names.map((name) => posix.join(folder, name.replaceAll('\\', '/'))).sort()
}

/** With its heading as the title. */
function titled(text: string, group: string): string {
  const [, title = ''] = /^# (.*)$/m.exec(text) ?? []
  return `---\ntitle: ${JSON.stringify(title)}\ngroup: ${group}\n---\n${text}`
}

function withLinks(text: string, page: string, known: Set<string>, folder: string, repository: string): string {
  return text.replaceAll(/\]\(([^)#\s]+)(#[^)\s]*)?\)/g, (link, target: string, anchor = '') => {
    if (/^\w+:/.test(target)) return link
    const path = posix.normalize(posix.join(dirname(page), target))
    if (known.has(path) || !existsSync(path)) return link
    if (/\.(svg|png)$/.test(path)) {
      cpSync(path, join(folder, path))
      return link
    }
    const kind = statSync(path).isDirectory() ? 'tree' : 'blob'
    return `](${repository}/${kind}/main/${path}${anchor})`
  })
}
