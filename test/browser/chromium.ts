/** Chromium for tests, whose tabs are playwright's pages. */
import { chromium as engine, type Page } from 'playwright-core'
import { findTool, requirePeer } from '../interop/peers/tools.ts'
import type { Engine } from './pages.ts'

/** Why there is no browser; for `describe.skipIf`. Throws where it is obligatory. */
export const chromium = requirePeer('chromium', findTool('chromium') ?? findTool('chromium-browser'))

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync'
]

export type ChromiumTab = Page & { readonly errors: string[] }

export async function launchChromium(): Promise<Engine<ChromiumTab>> {
  const browser = await engine.launch({ executablePath: chromium.path, headless: true, args })
  const context = await browser.newContext()
  return {
    async open(url) {
      const page = await context.newPage()
      const errors: string[] = []
      page.on('pageerror', (error) => errors.push(String(error)))
      await page.goto(url)
      return Object.assign(page, { errors })
    },
    close: () => browser.close()
  }
}
