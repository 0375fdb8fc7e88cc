/** The example page at work: three tabs on one hub. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Hub, startHub } from '../../examples/browser/hub.ts'
import { chromium, TestBrowser } from './chromium.ts'

describe.skipIf(chromium.skip)('examples/browser', () => {
  let browser: TestBrowser
  let hub: Hub
  beforeAll(async () => {
    ;[browser, hub] = await Promise.all([TestBrowser.start(), startHub()])
  }, 30_000)
  afterAll(async () => {
    await Promise.all([browser?.[Symbol.asyncDispose](), hub?.close()])
  })

  it('tabs hear each other, their topics, a survey, and see peers come and go', async () => {
    const names = ['ann', 'bob', 'cy']
    const [ann, bob, cy] = await Promise.all(names.map((name) => browser.visit(`${hub.url}?name=${name}`)))
    if (ann === undefined || bob === undefined || cy === undefined) throw new Error('no tabs')
    for (const tab of [ann, bob, cy]) await tab.locator('#state[data-state=connected]').waitFor()

    await ann.locator('#say input').fill('hello')
    await ann.locator('#say button').click()
    for (const tab of [bob, cy]) await tab.locator('#chat li', { hasText: 'ann hello' }).waitFor()

    await bob.locator('#topics input[value=news]').check()
    await ann.locator('#publish input').fill('it works')
    await ann.locator('#publish button').click()
    await bob.locator('#headlines li', { hasText: 'news it works' }).waitFor()
    expect(await cy.locator('#headlines li').count()).toBe(0)

    await cy.locator('#answer').fill('no')
    await bob.locator('#ask input').fill('lunch?')
    await bob.locator('#ask button').click()
    for (const text of ['ann: yes', 'bob: yes', 'cy: no', 'got 3 answers']) {
      await bob.locator('#answers li', { hasText: text }).waitFor()
    }

    await ann.locator('#flood').click()
    await bob.locator('#headlines li', { hasText: 'number 1000 of ann' }).waitFor()
    await expect.poll(() => ann.locator('#peers li').count()).toBe(3)
    await cy.close()
    await ann.locator('#events li', { hasText: 'went' }).waitFor()
    await expect.poll(() => ann.locator('#peers li').count()).toBe(2)
    await Promise.all([ann.close(), bob.close()])
  }, 30_000)
})
