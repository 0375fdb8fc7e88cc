/**
 * Looks at the site as readers do. Every link within it leads to a page and an anchor that are there. In Chromium, where that
 * is installed, nothing is wider than a phone, and a page is dark where dark is wanted; pictures of both go to .site/pictures.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium, type Page } from 'playwright-core'

const site = '.site/html'
const pictures = '.site/pictures'
const phone = { width: 390, height: 844 }
const desk = { width: 1280, height: 900 }

for (const line of [...brokenLinks(), ...(await oddLooks())]) {
  console.error(line)
  process.exitCode = 1
}

/** Links of all pages that lead nowhere. */
function brokenLinks(): string[] {
  const names = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'))
  const pages = new Map(names.map((name) => [join(site, name), readFileSync(join(site, name), 'utf8')]))
  const anchors = new Map([...pages].map(([path, html]) => [path, new Set(found(html, / id="([^"]*)"/g))]))
  return [...pages].flatMap(([path, html]) =>
    found(html, /<(?:a|img|script|link)\b[^>]*? (?:href|src)="([^"]*)"/g)
      .filter((link) => !/^(https?|mailto|data):/.test(link) && !leads(path, link))
      .map((link) => `${relative(site, path)}: ${link}`)
  )

  function leads(from: string, link: string): boolean {
    const [target = '', anchor = ''] = decodeURI(link.replaceAll('&amp;', '&')).split('#')
    const path = target === '' ? from : join(dirname(from), target.replace(/\?.*/, ''))
    const page = path.endsWith('/') || path === site ? join(path, 'index.html') : path
    return existsSync(page) && (anchor === '' || anchors.get(page)?.has(anchor) === true)
  }
}

function found(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), ([, match = '']) => match)
}

/** What is wrong with how pages look. */
async function oddLooks(): Promise<string[]> {
  const executablePath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => [join(folder, 'chromium'), join(folder, 'chromium-browser')])
    .find((path) => existsSync(path))
  if (executablePath === undefined) return []
  mkdirSync(pictures, { recursive: true })
  await using browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  const page = await browser.newPage()
  const odd: string[] = []
  page.on('pageerror', (error) => odd.push(String(error)))
  const documents = readdirSync(join(site, 'documents')).map((name) => `documents/${name}`)
  for (const name of ['index.html', 'modules.html', 'classes/hubless.Req.html', ...documents]) {
    await page.goto(pathToFileURL(join(site, name)).href)
    await page.setViewportSize(phone)
    const width = await page.evaluate(() => document.documentElement.scrollWidth)
    if (width > phone.width) odd.push(`${name}: ${width} pixels wide on a phone of ${phone.width}`)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      const dark = (await brightness(page)) < 0.5
      if (dark !== (colorScheme === 'dark'))
        odd.push(`${name}: ${dark ? 'dark' : 'light'} where ${colorScheme} is wanted`)
      for (const viewport of [phone, desk]) {
        await page.setViewportSize(viewport)
        const picture = `${name.replaceAll('/', '-').replace('.html', '')}-${viewport.width}-${colorScheme}.png`
        await page.screenshot({ path: join(pictures, picture) })
      }
    }
  }
  return odd
}

/** Of the background, from 0 to 1. */
async function brightness(page: Page): Promise<number> {
  const color = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const parts = found(color, /(\d+)/g).slice(0, 3).map(Number)
  return parts.reduce((sum, part) => sum + part, 0) / (3 * 255)
}
