/** docs/health.md says about each verdict what the source says, and every command line in it is one that parses. */
import { readFileSync } from 'node:fs'
import { verdicts } from 'hubless/health'
import { expect, it } from 'vitest'
import { healthCommand, healthDefaults } from '../../src/cli/health/options.ts'
import { parse } from '../../src/cli/parsing/parse.ts'

const page = readFileSync('docs/health.md', 'utf8')

it('docs/health.md lists every verdict with its sentence', () => {
  for (const [verdict, sentence] of Object.entries(verdicts))
    expect(page).toContain(`| \`${verdict}\` | ${sentence} |\n`)
})

it('the command lines of the recipes parse', () => {
  const arrays = [...page.matchAll(/\["?(?:CMD, )?node_modules\/\.bin\/nanocat"?, (.*?)\]/g)].map(([, words = '']) =>
    words.split(', ').map((word) => word.replace(/^['"]|['"]$/g, ''))
  )
  const lines = [...page.matchAll(/(?:bin\/nanocat) (health [^&|!\n]*)/g)].map(([, line = '']) =>
    line
      .replace(/\$\w+\$/g, 'tcp://h:1')
      .trim()
      .split(/\s+/)
  )
  expect(arrays).toHaveLength(3)
  expect(lines.length).toBeGreaterThanOrEqual(3)
  for (const words of [...arrays, ...lines]) {
    const settings = healthDefaults()
    expect(words[0]).toBe('health')
    expect(parse(healthCommand, ['nanocat', ...words.slice(1)], settings)).toBeUndefined()
    expect(settings.urls[0]).toMatch(/^(tcp|ipc):/)
  }
})
