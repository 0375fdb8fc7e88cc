/** The dashboard of examples/grafana asks for nothing but what /metrics has: names of metrics, and labels of each. */
import { readFileSync } from 'node:fs'
import { Pub, Pull, Push } from 'hubless'
import { health } from 'hubless/health'
import { expect, it } from 'vitest'
import { marry, nextEvent, track } from '../helpers/sockets.ts'

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[]
}

const text = readFileSync('examples/grafana/hubless.json', 'utf8')
const queries = (JSON.parse(text) as Dashboard).panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
const namesIn = (query: string): string[] => query.match(/\bhubless_\w+/g) ?? []

/** The metrics of a process that has seen everything, each with its labels. */
async function exported(): Promise<Map<string, Set<string>>> {
  await using monitor = health({ name: 'service' })
  const [push, pull] = [new Push(), new Pull({ name: 'jobs' })]
  const { listener } = await marry(pull, push, 'tcp://127.0.0.1:0')
  const rejected = nextEvent(pull, 'reject')
  track(new Pub()).connect(listener.url)
  await rejected
  const pub = track(new Pub({ name: 'news' }))
  await pub.send('to nobody')
  monitor.watch(pull).watch(pub)
  const metrics = new Map<string, Set<string>>()
  for (const line of monitor.metrics().split('\n')) {
    const [, name, labels = ''] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? []
    if (name === undefined) continue
    const known = metrics.get(name) ?? new Set()
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) known.add(label)
    metrics.set(name, known)
  }
  return metrics
}

it('every metric of the dashboard is one that is exported, with the labels it is grouped by', async () => {
  const metrics = await exported()
  expect(queries.length).toBeGreaterThan(10)
  for (const query of queries) {
    const names = namesIn(query)
    expect(names, query).toHaveLength(1)
    const labels = metrics.get(names[0] ?? '')
    expect(labels, `${names[0]} is exported`).toBeDefined()
    const wanted = [/by \(([^)]*)\)/, /\{(\w+)=~/].flatMap((part) => part.exec(query)?.[1]?.split(', ') ?? [])
    for (const label of wanted) expect(labels, query).toContain(label)
  }
  for (const name of namesIn(text)) expect([...metrics.keys()]).toContain(name)
})
