/**
 * The other process of the soak: sockets that connect to the hub, do what their pattern does at full speed for a while,
 * close, and are followed by others. All calls share one signal, which must not collect their listeners. Whatever
 * arrives other than it has to is a fault.
 */
import { getEventListeners } from 'node:events'
import { Bus, Push, Req, Sub, Surveyor } from 'hubless'
import { answer } from '../../processes/answer.ts'
import { sample } from '../gauge.ts'

const shared = new AbortController()
const { signal } = shared
const patience = { signal, timeout: 30_000 }
const counts = { sessions: 0, pushed: 0, requests: 0, received: 0, surveys: 0, echoes: 0 }
const faults: string[] = []
let leaving = false
const sessions: Promise<void>[] = []

type Visit = (url: string, over: () => boolean) => Promise<void>

const visits: Record<string, Visit> = {
  pull: async (url, over) => {
    await using push = new Push()
    await push.connect(url).whenConnected(patience)
    for (let i = 0; !over(); i++) {
      await push.send(Buffer.alloc(i % 2000), patience)
      counts.pushed++
      if (i % 200 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await push.close({ linger: 30_000 })
  },
  rep: async (url, over) => {
    await using req = new Req()
    req.connect(url)
    const ask = async (lane: number): Promise<void> => {
      for (let i = 0; !over(); i++) {
        const question = `${lane} ${i}`
        const reply = String(await req.request(question, patience))
        if (reply !== question) faults.push(`asked ${question}, got ${reply}`)
        counts.requests++
      }
    }
    await Promise.all([0, 1, 2, 3].map(ask))
  },
  pub: async (url, over) => {
    await using sub = new Sub()
    sub.subscribe('')
    sub.connect(url)
    for (let last = -1; !over(); counts.received++) {
      const number = (await sub.recv(patience)).readUInt32BE()
      if (number <= last) faults.push(`published ${number} after ${last}`)
      last = number
    }
  },
  respondent: async (url, over) => {
    await using surveyor = new Surveyor()
    await surveyor.connect(url).whenConnected(patience)
    while (!over()) {
      for await (const { body } of surveyor.survey('who?', { deadline: 30_000, count: 1, signal })) {
        if (String(body) !== 'who?') faults.push(`surveyed who?, got ${body}`)
        counts.surveys++
      }
    }
  },
  bus: async (url, over) => {
    await using bus = new Bus()
    await bus.connect(url).whenConnected(patience)
    while (!over()) {
      await bus.send('round', patience)
      // What others said comes here too; this is only about traffic.
      if (bus.tryRecv() !== undefined) counts.echoes++
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

async function come(visit: Visit, url: string): Promise<void> {
  while (!leaving) {
    const end = performance.now() + 100 + Math.random() * 2000
    try {
      await visit(url, () => leaving || performance.now() > end)
    } catch (error) {
      faults.push(`${url}: ${error}`)
    }
    counts.sessions++
  }
}

answer({
  start: (urls: Record<string, string[]>) => {
    for (const [name, visit] of Object.entries(visits)) {
      for (const url of urls[name] ?? []) sessions.push(come(visit, url))
    }
  },
  sample,
  moved: () => ({ ...counts, faults: faults.splice(0) }),
  leave: async () => {
    leaving = true
    await Promise.all(sessions)
    return getEventListeners(signal, 'abort').length
  }
})
