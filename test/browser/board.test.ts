/** The example page at work: three tabs on one hub. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Hub, startHub } from '../../examples/browser/hub.ts'
import { describeInBrowsers } from './browsers.ts'
import type { Tab } from './pages.ts'

describeInBrowsers('examples/browser', (browser) => {
  let hub: Hub
  beforeAll(async () => {
    hub = await startHub()
  })
  afterAll(() => hub?.close())

  it('tabs hear each other, their topics, a survey, and see peers come and go', async () => {
    const names = ['ann', 'bob', 'cy']
    const [ann, bob, cy] = await Promise.all(names.map((name) => browser.tab(`${hub.url}?name=${name}`)))
    if (ann === undefined || bob === undefined || cy === undefined) throw new Error('no tabs')
    for (const tab of [ann, bob, cy]) await shows(tab, '#state[data-state=connected]')

    await fill(ann, '#say input', 'hello')
    await click(ann, '#say button')
    for (const tab of [bob, cy]) await shows(tab, '#chat li', 'ann hello')

    await click(bob, '#topics input[value=news]')
    await fill(ann, '#publish input', 'it works')
    await click(ann, '#publish button')
    await shows(bob, '#headlines li', 'news it works')
    expect(await texts(cy, '#headlines li')).toEqual([])

    await fill(cy, '#answer', 'no')
    await fill(bob, '#ask input', 'lunch?')
    await click(bob, '#ask button')
    for (const text of ['ann: yes', 'bob: yes', 'cy: no', 'got 3 answers']) await shows(bob, '#answers li', text)

    await click(ann, '#flood')
    await shows(bob, '#headlines li', 'number 1000 of ann')
    await expect.poll(() => texts(ann, '#peers li')).toHaveLength(3)
    await cy.close()
    await shows(ann, '#events li', 'went')
    await expect.poll(() => texts(ann, '#peers li')).toHaveLength(2)
    await Promise.all([ann.close(), bob.close()])
  }, 30_000)
})

const texts = (tab: Tab, selector: string): Promise<string[]> =>
  tab.evaluate((chosen) => [...document.querySelectorAll(chosen)].map(({ textContent }) => textContent), selector)

/** Waits for an element with a text. */
const shows = (tab: Tab, selector: string, text = ''): Promise<void> =>
  expect.poll(() => texts(tab, selector), { timeout: 10_000 }).toContainEqual(expect.stringContaining(text))

const click = (tab: Tab, selector: string): Promise<void> =>
  tab.evaluate((chosen) => document.querySelector<HTMLElement>(chosen)?.click(), selector)

const fill = (tab: Tab, selector: string, text: string): Promise<void> =>
  tab.evaluate(
    ([chosen = '', value = '']) => {
      const field = document.querySelector<HTMLInputElement>(chosen)
      if (field !== null) field.value = value
    },
    [selector, text]
  )
