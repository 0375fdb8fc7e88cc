/** The browsers in which what works in pages is tested. */
import { afterAll, beforeAll, describe } from 'vitest'
import { chromium, launchChromium } from './chromium.ts'
import { firefox, launchFirefox } from './firefox.ts'
import { type Engine, TestBrowser } from './pages.ts'

const browsers = [
  { name: 'Chromium', peer: chromium, launch: (): Promise<Engine> => launchChromium() },
  { name: 'Firefox', peer: firefox, launch: launchFirefox }
]

/** A suite for each browser, which is skipped with its reason where there is none. */
export function describeInBrowsers(title: string, suite: (browser: TestBrowser) => void): void {
  for (const { name, peer, launch } of browsers) {
    describe.skipIf(peer.skip)(`${title} in ${name}`, () => {
      const browser = new TestBrowser(launch)
      beforeAll(() => browser.start(), 30_000)
      afterAll(() => browser.stop())
      suite(browser)
    })
  }
}
