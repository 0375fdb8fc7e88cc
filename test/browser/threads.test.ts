/** `thread://` in browsers: a page and its workers, two tabs, and what becomes of a thread that ends. */
import { expect, it } from 'vitest'
import { describeInBrowsers } from './browsers.ts'
import type { Tab } from './pages.ts'

declare global {
  /** Starts a worker of this page that runs `code` after hubless was loaded. */
  var startWorker: (code: string) => Worker
}

describeInBrowsers('thread://', (browser) => {
  async function tab(): Promise<Tab> {
    const page = await browser.tab()
    await page.evaluate(() => {
      globalThis.startWorker = (code) => {
        const source = `importScripts('${location.origin}/worker.js');\n${code}`
        return new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })))
      }
    })
    return page
  }

  it('a page asks its worker, which nobody told where the page is', async () => {
    const page = await tab()
    const heard = await page.evaluate(async () => {
      startWorker(`const rep = new hubless.Rep()
        rep.bind('thread://sums')
        rep.serve(({ body }) => body.map((byte) => byte + 1))`)
      const req = new hubless.Req()
      req.connect('thread://sums')
      const small = await req.request(new Uint8Array([1, 2, 3]), { timeout: 5000 })
      const large = await req.request(new Uint8Array(300_000).fill(7), { timeout: 5000 })
      await req.close()
      return [[...small], large.length, large.every((byte: number) => byte === 8)]
    })
    expect(heard).toEqual([[2, 3, 4], 300_000, true])
    expect(page.errors).toEqual([])
    await page.close()
  })

  it('messages of two workers arrive whole and in order, as fast as the page reads them', async () => {
    const page = await tab()
    const result = await page.evaluate(async () => {
      const pull = new hubless.Pull({ recvBuffer: 100_000 })
      await pull.bind('thread://numbers')
      for (const name of ['a', 'b']) {
        startWorker(`(async () => {
          const push = new hubless.Push({ sendBuffer: 100_000 })
          push.connect('thread://numbers')
          for (let i = 0; i < 5000; i++) await push.send('${name} ' + i + ' ' + 'x'.repeat(i % 500))
        })()`)
      }
      const next: Record<string, number> = { a: 0, b: 0 }
      for (let i = 0; i < 10_000; i++) {
        const [name = '', number] = new TextDecoder()
          .decode((await pull.recv({ timeout: 5000 })) as Uint8Array)
          .split(' ')
        if (next[name] !== Number(number)) return `${name} ${number} in place of ${next[name]}`
        next[name]++
      }
      await pull.close()
      return next
    })
    expect(result).toEqual({ a: 5000, b: 5000 })
    await page.close()
  })

  it('a worker that is terminated is a peer that is gone within a second, and its name is free', async () => {
    const page = await tab()
    const result = await page.evaluate(async () => {
      const code = `const rep = new hubless.Rep()
        rep.bind('thread://mortal').then(() => postMessage('bound'))
        rep.serve(() => 'alive')`
      const worker = startWorker(code)
      const req = new hubless.Req({ reconnectInterval: 10 })
      req.connect('thread://mortal')
      await req.request('?', { timeout: 5000 })
      const taken = await new hubless.Rep().bind('thread://mortal').catch((error: { code: string }) => error.code)
      const detached = new Promise<string>((resolve) => req.once('detach', ({ reason }) => resolve(reason)))
      const began = performance.now()
      worker.terminate()
      const reason = await detached
      const took = performance.now() - began
      startWorker(code)
      const again = new TextDecoder().decode((await req.request('?', { timeout: 5000 })) as Uint8Array)
      await req.close()
      return { taken, reason, soon: took < 1000, again }
    })
    expect(result).toEqual({ taken: 'EADDRINUSE', reason: 'connection-error', soon: true, again: 'alive' })
    await page.close()
  })

  it('two tabs of an origin meet, and one that is closed is gone', async () => {
    const [one, two] = await Promise.all([tab(), tab()])
    await one.evaluate(async () => {
      const pub = new hubless.Pub()
      await pub.bind('thread://news')
      Object.assign(globalThis, { pub })
    })
    const received = two.evaluate(async () => {
      const sub = new hubless.Sub()
      sub.subscribe('')
      sub.connect('thread://news')
      const text = new TextDecoder().decode((await sub.recv({ timeout: 5000 })) as Uint8Array)
      Object.assign(globalThis, { gone: new Promise((resolve) => sub.once('detach', () => resolve('gone'))) })
      return text
    })
    await one.evaluate(async () => {
      const { pub } = globalThis as unknown as { pub: import('hubless').Pub }
      await pub.waitForPeers(1, { timeout: 5000 })
      await pub.send('hello')
    })
    expect(await received).toBe('hello')
    await one.close()
    expect(await two.evaluate(() => (globalThis as unknown as { gone: Promise<string> }).gone)).toBe('gone')
    await two.close()
  })
})
