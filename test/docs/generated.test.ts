/** The pages that are made from tables, and the tables that nothing of the source escapes. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorTable, Machine, Pair, type StateTable } from 'hubless'
import { describe, expect, it } from 'vitest'
import { allOptions } from '../../scripts/docs/all-options.ts'
import { pages } from '../../scripts/docs/pages.ts'
import { sentences, stateTables } from '../../scripts/docs/state-machines.ts'
import { testLink } from '../../scripts/docs/tests.ts'
import { clusterDropReasons } from '../../src/cluster/reasons.ts'
import { detachReasons, dropReasons, rejectReasons } from '../../src/core/reasons.ts'
import { marry } from '../helpers/sockets.ts'

const page = (name: string): string => readFileSync(`docs/${name}.md`, 'utf8')

/** The texts of all source files. */
function sources(): string[] {
  const names = readdirSync('src', { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith('.ts')).map((name) => readFileSync(join('src', name), 'utf8'))
}

it.each(Object.entries(pages))('COM-10 COM-44 OPT-01 %s is what its tables say', (path, render) => {
  expect(readFileSync(path, 'utf8')).toBe(render())
})

describe('docs/state-machines.md', () => {
  it('COM-10 has every state table of the source', () => {
    const declared = sources().flatMap((text) => [...text.matchAll(/^export const (\w+): StateTable</gm)])
    expect(stateTables.length).toBe(declared.length)
    for (const { name } of stateTables) {
      expect(page('state-machines')).toContain(`\n## ${name}\n\n${sentences[name]}\n`)
    }
  })

  it('COM-10 draws every transition, and nothing else', () => {
    const drawn = page('state-machines')
      .split('\n## ')
      .slice(1)
      .map((section) => [...section.matchAll(/^ {2}(\w+) --> (\w+) : (.*)$/gm)])
    const expected = stateTables.map(({ transitions }) =>
      Object.entries(transitions).flatMap(([state, events]) =>
        Object.entries(events).map(([event, target]) => `${state} ${event} ${target}`)
      )
    )
    const flat = drawn.map((arrows) =>
      arrows.flatMap(([, from, to, events]) => (events ?? '').split(', ').map((event) => `${from} ${event} ${to}`))
    )
    expect(flat.map((lines) => lines.sort())).toEqual(expected.map((lines) => lines.sort()))
  })

  it('COM-10 has tables whose states can all be reached', () => {
    for (const { name, initial, transitions } of stateTables) {
      const reached = new Set([initial])
      for (const state of reached) {
        for (const target of Object.values(transitions[state] ?? {})) if (target !== undefined) reached.add(target)
      }
      expect([...reached].sort(), name).toEqual(Object.keys(transitions).sort())
    }
  })

  it('COM-10 runs on machines that fail a test at an event their table does not allow', () => {
    const table: StateTable<'on' | 'off', 'press'> = {
      name: 'switch',
      initial: 'off',
      transitions: { off: { press: 'on' }, on: {} }
    }
    const machine = new Machine(table)
    machine.fire('press')
    expect(machine.state).toBe('on')
    expect(() => machine.fire('press')).toThrow('illegal transition: switch in state on does not accept press')
  })

  it('COM-10 shows states that sockets, endpoints and pipes have', async () => {
    const a = new Pair()
    const b = new Pair()
    const { listener, dialer, pipes } = await marry(a, b)
    expect([a.state, listener.state, dialer.state, pipes[0].state]).toEqual([
      'open',
      'listening',
      'connected',
      'attached'
    ])
    await a.close()
    expect([a.state, listener.state, pipes[0].state]).toEqual(['closed', 'closed', 'closed'])
  })
})

it('COM-44 docs/errors.md has every code that the source throws', () => {
  const thrown = new Set(
    sources().flatMap((text) => [...text.matchAll(/new SpError\(\s*'(\w+)'/g)].map(([, code]) => code))
  )
  expect(thrown.size).toBeGreaterThan(5)
  for (const code of thrown) expect(page('errors')).toContain(`| \`${code}\` | `)
  for (const [code, sentence] of Object.entries(errorTable)) {
    expect(page('errors')).toContain(`| \`${code}\` | ${sentence} |`)
  }
})

it('OPT-01 docs/options.md has every option, its default and what is allowed', () => {
  for (const [name, rule] of Object.entries(allOptions)) {
    const row = page('options')
      .split('\n')
      .find((line) => line.startsWith(`| \`${name}\` |`))
    expect(row, name).toContain(` | ${rule.allowed.replaceAll('|', '\\|')} | `)
    if (rule.default !== undefined) expect(row, name).toMatch(new RegExp(`\`'?${rule.default}'?\``))
  }
})

it('docs/cluster.md has every reason', () => {
  for (const [name, sentence] of Object.entries(clusterDropReasons)) {
    expect(page('cluster')).toContain(`| \`${name}\` | ${sentence} |`)
  }
})

it('a page that names a test which does not exist is not made', () => {
  expect(testLink('a page that names a test which', 'docs/x.md')).toMatch(
    /\]\(\.\.\/test\/docs\/generated\.test\.ts\)$/
  )
  expect(() => testLink(['no test has', 'this name'].join(' '), 'docs/x.md')).toThrow('which docs/x.md names')
})

it('docs/events.md has every reason', () => {
  for (const reasons of [dropReasons, rejectReasons, detachReasons]) {
    for (const [name, sentence] of Object.entries(reasons))
      expect(page('events')).toContain(`| \`${name}\` | ${sentence} |`)
  }
})
