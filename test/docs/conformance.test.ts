/** The checklist and the tests: an id in a title is a claim, so it must be a line of docs/conformance.md. */
import { describe, expect, it } from 'vitest'
import { readChecklist } from '../../scripts/conformance/checklist.ts'
import { coverage } from '../../scripts/conformance/coverage.ts'
import { readTitles, titlesIn } from '../../scripts/conformance/titles.ts'

describe('the checklist', () => {
  it('has every id once, numbered from 01 in each group', () => {
    const checklist = readChecklist()
    expect(checklist.length).toBeGreaterThanOrEqual(400)
    const last = new Map<string, number>()
    for (const { id, group } of checklist) {
      const number = Number(id.slice(group.length + 1))
      expect(number, id).toBe((last.get(group) ?? 0) + 1)
      last.set(group, number)
    }
  })

  it('has every id that a test names', () => {
    const { problems } = coverage(readChecklist(), readTitles(), {})
    expect(problems.filter((problem) => problem.includes('no line'))).toEqual([])
  })
})

describe('the scan of titles', () => {
  it('finds titles behind each, skipIf, templates and concatenation', () => {
    const source = `
      it('A-01 plain', () => {})
      describe.each(cases)('A-02 $name', () => { test(\`A-03 \${n} times\`, () => {}) })
      it.skipIf(x).each([1])('A-04 ' + name, () => {})
      it.each\`a | b\`('A-05', () => {})`
    expect(titlesIn(source)).toEqual(['A-01 plain', 'A-02 $name', 'A-03 … times', 'A-04 …', 'A-05'])
  })

  it('leaves out what is skipped, planned, in comments, or no test', () => {
    const source = `
      // it('A-01 commented out')
      it.skip('A-02', () => {})
      it.todo('A-03')
      expect(it('A-04', () => {})).toBe('A-05')
      submit('A-06')`
    expect(titlesIn(source)).toEqual(['A-04'])
  })
})

describe('the report', () => {
  const checklist = ['AB-01', 'AB-02', 'CD-01'].map((id) => ({ id, group: id.slice(0, 2), text: '' }))
  const titled = (...titles: string[]) => titles.map((title) => ({ file: 'x.test.ts', title }))
  const all = titled('AB-01 AB-02 two at once', 'CD-01 another')

  it('is content when every line has a test or a reason', () => {
    expect(coverage(checklist, all, {}).problems).toEqual([])
    expect(coverage(checklist, titled('AB-01 x'), { 'AB-02': 'why', 'CD-*': 'why' }).problems).toEqual([])
  })

  it('complains of a line without either', () => {
    const { problems } = coverage(checklist, titled('AB-01 x'), {})
    expect(problems).toEqual(['neither a test nor a reason in open.ts: AB-02 CD-01'])
  })

  it('complains of a reason for a line that has a test, or that does not exist', () => {
    expect(coverage(checklist, all, { 'AB-02': 'why' }).problems).toHaveLength(1)
    expect(coverage(checklist, all, { 'AB-03': 'why' }).problems).toHaveLength(1)
    expect(coverage(checklist, all, { 'CD-*': 'why' }).problems).toHaveLength(1)
  })

  it('complains of an unknown id, but takes SHA-256 in a title for what it is', () => {
    expect(coverage(checklist, [...all, ...titled('AB-09 x')], {}).problems).toHaveLength(1)
    expect(coverage(checklist, [...all, ...titled('ZZ-01 AB-01 x')], {}).problems).toHaveLength(1)
    expect(coverage(checklist, [...all, ...titled('as in AB-09')], {}).problems).toHaveLength(1)
    expect(coverage(checklist, [...all, ...titled('AB-01 by SHA-256')], {}).problems).toEqual([])
  })
})
