/**
 * Chromium for tests: one browser for a file, pages from a server of their own that have hubless as `window.hubless`, and
 * as `raw` and `discovery` what these subpaths export.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type Browser, chromium as engine, type Page } from 'playwright-core'
import { findTool, requirePeer } from '../interop/peers/tools.ts'

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

export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser
  readonly #server: Server

  private constructor(browser: Browser, server: Server) {
    this.#browser = browser
    this.#server = server
  }

  static async start(): Promise<TestBrowser> {
    const script = await bundle()
    const server = createServer(({ url }, response) => {
      const js = url === '/hubless.js' || url === '/worker.js'
      response.writeHead(200, { 'Content-Type': js ? 'text/javascript' : 'text/html' })
      response.end(
        js
          ? script
          : '<!doctype html><title>test</title><link rel="icon" href="data:,"><script src="/hubless.js"></script>'
      )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const browser = await engine.launch({ executablePath: chromium.path, headless: true, args })
    return new TestBrowser(browser, server)
  }

  /** A new tab on a page of this server. An error in the page fails the test that looks at `errors`. */
  async tab(): Promise<Page & { readonly errors: string[] }> {
    const page = await this.#browser.newPage()
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(String(error)))
    await page.goto(this.url)
    return Object.assign(page, { errors })
  }

  /** A new tab on another page, such as an example. */
  async visit(url: string): Promise<Page> {
    const page = await this.#browser.newPage({ viewport: { width: 1080, height: 860 } })
    await page.goto(url)
    return page
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

async function bundle(): Promise<string> {
  const contents = `import * as hubless from 'hubless'
    import * as discovery from 'hubless/discovery'
    import * as raw from 'hubless/raw'
    import 'hubless/inproc'
    import 'hubless/threads'
    Object.assign(globalThis, { hubless, raw, discovery })`
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    // Where the names lead in a page.
    tsconfig: join(root, 'tsconfig.browser.json'),
    ignoreAnnotations: true
  })
  return outputFiles[0]?.text ?? ''
}

const root = fileURLToPath(new URL('../..', import.meta.url))
