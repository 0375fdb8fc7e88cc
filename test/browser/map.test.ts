/** The live map of a cluster in Chromium: three members and a hundred, those that come and go, on a phone, in the dark. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Snapshot } from '../../src/cli/cluster/snapshot.ts'
import { type MapServer, serveMap } from '../../src/cli/cluster/web/server.ts'
import { chromium, launchChromium } from './chromium.ts'
import { happenings, hundred, snapshotMember, snapshotOf, three } from './map-snapshots.ts'
import { TestBrowser } from './pages.ts'

/** Where pictures go, if anybody wants to look at them. */
const pictures = process.env.MAP_PICTURES

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true })
}

describe.skipIf(chromium.skip)('the map of a cluster', () => {
  const browser = new TestBrowser(launchChromium)
  let server: MapServer | undefined
  let snapshot: Snapshot
  let page: Page | undefined
  beforeAll(() => browser.start(), 30_000)
  afterAll(() => browser.stop())
  afterEach(async () => {
    await page?.close()
    await server?.close()
    page = undefined
    server = undefined
  })

  async function open(first: Snapshot, width = 1280, height = 860): Promise<Page> {
    snapshot = first
    server = await serveMap({ look: async () => snapshot }, { port: 0, host: '127.0.0.1', interval: 50 })
    page = await browser.tab(server.url)
    await page.setViewportSize({ width, height })
    await page.locator('#live.live').waitFor()
    return page
  }

  /** Whether anything is wider than the page. */
  const overflows = (on: Page): Promise<boolean> =>
    on.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)

  it('shows three members with rate, latency and what is outstanding, and the totals', async () => {
    const map = await open(snapshotOf(three, happenings))
    await expect.poll(() => map.locator('#map .service').count()).toBe(2)
    expect(await map.locator('#map h2').allTextContents()).toEqual(['resize', 'time'])
    const first = map.locator('#map li').first()
    expect(await first.locator('.rate').textContent()).toBe('400/s')
    expect(await first.locator('.more').textContent()).toBe('1.0 ms · 0 out')
    const totals = ['Services2', 'Members3', 'Calls / s1180', 'Latency1.5 ms', 'Outstanding3', 'Dropped0', 'Silent0']
    expect(await map.locator('#totals > div').allTextContents()).toEqual(totals)
    expect(await map.locator('#happenings li').count()).toBe(12)
    expect(await map.locator('#happenings li').first().textContent()).toMatch(/orders [0-9a-f]{8} left$/)
    expect(await map.title()).toBe('shop · cluster')
    await first.locator('button').click()
    expect(await map.locator('#detail').textContent()).toContain('tls+tcp://10.0.0.7:40100')
    await picture(map, 'three')
    await map.emulateMedia({ colorScheme: 'dark' })
    await picture(map, 'three-dark')
    await map.setViewportSize({ width: 375, height: 812 })
    expect(await overflows(map)).toBe(false)
    await picture(map, 'three-phone-dark')
  }, 30_000)

  it('shows a hundred members at once, and which of them are silent or drop', async () => {
    const map = await open(snapshotOf(hundred, happenings))
    await expect.poll(() => map.locator('#map li').count()).toBe(100)
    expect(await map.locator('li button.silent').count()).toBe(hundred.filter(({ answers }) => !answers).length)
    expect(await map.locator('li button.drops').count()).toBe(hundred.filter(({ dropped }) => dropped !== 0).length)
    // All names are on the first screen.
    const last = await map.locator('.service').nth(1).boundingBox()
    expect(last?.y).toBeLessThan(860)
    await picture(map, 'hundred')
    await map.emulateMedia({ colorScheme: 'dark' })
    await picture(map, 'hundred-dark')
    await map.setViewportSize({ width: 375, height: 812 })
    expect(await overflows(map)).toBe(false)
    await map.emulateMedia({ colorScheme: 'light' })
    await picture(map, 'hundred-phone')
  }, 30_000)

  it('follows members that come and go, and keeps what was chosen', async () => {
    const map = await open(snapshotOf(three))
    await map.locator('#map li button').nth(1).click()
    await map.locator('#detail').waitFor()
    snapshot = snapshotOf([snapshotMember(1, { rate: 999 }), snapshotMember(9, { name: 'orders' })])
    await expect.poll(() => map.locator('#map h2').allTextContents()).toEqual(['orders', 'resize'])
    expect(await map.locator('[aria-pressed=true] .rate').textContent()).toBe('999/s')
    snapshot = snapshotOf([])
    await expect.poll(() => map.locator('#map li').count()).toBe(0)
    expect(await map.locator('#detail').isVisible()).toBe(false)
    await picture(map, 'none')
  }, 30_000)

  it('shows what members chose as text', async () => {
    const markup = '<img src=x onerror="document.title=1">'
    const member = snapshotMember(0, { zone: markup, urls: [markup], metadata: { [markup]: markup } })
    const map = await open(snapshotOf([{ ...member, name: markup }], [{ ...happenings[0], name: markup } as never]))
    await map.locator('#map li button').click()
    await map.locator('#detail').waitFor()
    expect(await map.locator('img').count()).toBe(0)
    expect(await map.locator('#map h2').textContent()).toBe(markup)
  }, 30_000)

  it('is used by keyboard, and says when nothing new comes any more, and again when it does', async () => {
    const map = await open(snapshotOf(three))
    await map.locator('#map li button').first().focus()
    await map.keyboard.press('Enter')
    await map.locator('#detail').waitFor()
    const { port } = new URL(map.url())
    await server?.close()
    await map.locator('#live.dead').waitFor()
    server = await serveMap({ look: async () => snapshot }, { port: Number(port), host: '127.0.0.1', interval: 50 })
    await map.locator('#live.live').waitFor()
  }, 30_000)
})
