/** What members of a cluster chose, as it reaches the terminal of who looks at them or calls them. */
import fc from 'fast-check'
import { hub } from 'hubless/cluster'
import { expect, it } from 'vitest'
import { table } from '../../../src/cli/cluster/table.ts'
import { closeLater, member } from '../../helpers/clusters.ts'
import { type Outcome, ours, Running } from '../command.ts'

/** Sets the title, clears the screen, colours; C1, DEL, a carriage return and both kinds of bidi. */
const hostile = '\x1b]0;owned\x07\x1b[2J\x1b[31m\x9b1m\x7f\rwell\u202e\u2066\u200f\u2028'
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u
/** What is printed apart from line breaks. */
const unescaped = ({ stdout, stderr }: Outcome): string[] =>
  `${stdout}${stderr}`.split('\n').filter((line) => unseen.test(line))

async function meeting(): Promise<{ url: string; call(...words: string[]): Promise<Outcome> }> {
  const place = new Running(['hub', '--bind', 'tcp://127.0.0.1:0'])
  closeLater({ close: () => place.end().then(() => {}) })
  const [, url = ''] = /^hub at (\S+)/.exec(await place.printed(/^hub at .*\n/)) ?? []
  return { url, call: (...words) => ours(['cluster', ...words, '--hub', url]) }
}

it('CLI-40 is escaped in answers and in errors of handlers, their names included', async () => {
  const { url, call } = await meeting()
  await member({ members: hub(url), bind: 'tcp://127.0.0.1:0' }).serve(
    'foe',
    {
      request: ({ body }) => {
        if (String(body) === 'answer') return hostile
        throw Object.assign(new Error(hostile), { name: hostile, code: hostile })
      },
      survey: () => hostile
    },
    { metadata: { version: hostile } }
  )
  for (const json of [[], ['--json']]) {
    const answer = await call('request', 'foe', '-D', 'answer', ...json)
    expect([answer.code, unescaped(answer)]).toEqual([0, []])
    expect(String(answer.stdout)).toContain('well')
    const survey = await call('survey', 'foe', '-C', '1', ...json)
    expect([survey.code, unescaped(survey)]).toEqual([0, []])
    expect(unescaped(await call(...json))).toEqual([])
  }
  const failed = await call('request', 'foe')
  expect([failed.code, unescaped(failed)]).toEqual([3, []])
  expect(failed.stderr).toContain('well')
  expect(String((await call('request', 'foe', '-D', 'answer', '--raw')).stdout)).toBe(hostile)
}, 20_000)

it('CLI-40 is escaped in what is published, and a body keeps its line breaks', async () => {
  const { url } = await meeting()
  const listening = new Running([
    'cluster',
    'subscribe',
    '',
    '--count',
    '2',
    '--hub',
    url,
    '--bind',
    'tcp://127.0.0.1:0'
  ])
  const foe = member({ members: hub(url), bind: 'tcp://127.0.0.1:0' })
  while ((await foe.publish('prices/oil', hostile)) === 0) await new Promise(setImmediate)
  await foe.publish('prices/tea', 'one\ntwo\n')
  const outcome = await listening.done
  expect(unescaped(outcome)).toEqual([])
  expect(String(outcome.stdout)).toMatch(/^prices\/oil .*well.*\nprices\/tea one\ntwo\n$/)
})

it('CLI-40 is escaped in the table, whatever a member says of itself', () => {
  const text = fc.string({ unit: 'binary', maxLength: 20 }).map((chosen) => `${chosen}${hostile}`)
  fc.assert(
    fc.property(text, text, fc.array(text, { maxLength: 3 }), (name, zone, urls) => {
      const unknown = { outstanding: null, handled: null, rate: null, latency: null, failed: null, dropped: null }
      const one = { id: zone, name, zone, urls, metadata: {}, since: name, answers: true, ...unknown }
      const lines = table({ time: '', network: name, members: [one], happenings: [] })
        .trimEnd()
        .split('\n')
      expect(lines.length).toBe(2)
      expect(lines.join('')).not.toMatch(unseen)
    }),
    { numRuns: 30 }
  )
})
