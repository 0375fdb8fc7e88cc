/** One listener and very many peers: ten thousand that stay, some of them stuck, and a thousand a second that come and go. */
import { execFileSync } from 'node:child_process'
import { Child } from '../processes/child.ts'
import type { Sample } from './gauge.ts'
import { settled } from './mixed.ts'
import { mib } from './verdict.ts'

const children = (name: string): URL => new URL(`./children/${name}.ts`, import.meta.url)
/** Dialers share processes, for the sake of limits on open files. */
const perProcess = 2500
const stuckOf = 100

interface Counts {
  readonly pulled: number
  readonly peers: number
  readonly drops: object
}

/** 10,000 subscribers of one PUB, a hundredth of which reads nothing. */
export async function crowd(ms: number, say: (line: string) => void): Promise<string[]> {
  const limit = Number(execFileSync('sh', ['-c', 'ulimit -n']))
  const total = Math.min(10_000, Math.floor((limit - 300) / stuckOf) * stuckOf || 10_000)
  const faults: string[] = []
  await using listener = new Child(children('listener'))
  const [url] = (await listener.call('bind')) as unknown as string[]
  const before = await listener.call<Sample>('sample')
  const processes: { child: Child; reading: number }[] = []
  try {
    const join = async (reading: number, mute: number): Promise<void> => {
      const child = new Child(children('dialers'))
      processes.push({ child, reading })
      await child.call('stay', url, reading, mute)
    }
    const mute = total / stuckOf
    await join(0, mute)
    await listener.call('waitForPeers', mute)
    await listener.call('fill')
    for (let left = total - mute; left > 0; left -= perProcess) await join(Math.min(left, perProcess), 0)
    await listener.call('waitForPeers', total)
    say(`${total} connections, ${mute} of which read nothing`)
    const sent = await listener.call<number>('publish', 4096, ms)
    const during = await listener.call<Sample>('sample')
    for (const { child, reading } of processes) {
      const all = reading * sent
      const complete = await settled(async () => (await child.call<number>('received')) >= all)
      if (!complete) faults.push(`of ${all} messages ${await child.call<number>('received')} arrived where all read`)
    }
    const { drops } = await listener.call<Counts>('counts')
    say(
      `${sent} messages of 4 KiB to each of the others; dropped ${JSON.stringify(drops)}; ${mib(during.held)} held, ${mib(during.resident)} resident`
    )
    await Promise.all(processes.map(({ child }) => child.call('leave')))
    await settled(async () => (await listener.call<Counts>('counts')).peers === 0)
    const after = await listener.call<Sample>('sample')
    say(`afterwards ${mib(after.held)} held, ${before.handles} handles before and ${after.handles} after`)
    if (after.handles > before.handles) faults.push(`${before.handles} handles before, ${after.handles} after`)
    if (after.held > before.held + 32 * 2 ** 20) faults.push(`${mib(after.held)} held, ${mib(before.held)} before`)
    faults.push(...[...during.warnings, ...after.warnings])
    return faults
  } finally {
    await Promise.all(processes.map(({ child }) => child.kill()))
  }
}

/** A thousand a second connect, send one message and close. */
export async function churn(ms: number, say: (line: string) => void): Promise<string[]> {
  const faults: string[] = []
  await using listener = new Child(children('listener'))
  await using dialers = new Child(children('dialers'))
  const [, url] = (await listener.call('bind')) as unknown as string[]
  // Code that was never run is compiled, and buffers find their size.
  await dialers.call('comeAndGo', url, 1000, 2000)
  const samples = async (): Promise<[Sample, Sample]> => [await listener.call('sample'), await dialers.call('sample')]
  const before = await samples()
  const counted = (await listener.call<Counts>('counts')).pulled
  const began = performance.now()
  const { sent, failed } = await dialers.call<{ sent: number; failed: number }>('comeAndGo', url, 1000, ms)
  const rate = (sent / (performance.now() - began)) * 1000
  await settled(async () => (await listener.call<Counts>('counts')).peers === 0)
  const { pulled } = await listener.call<Counts>('counts')
  const after = await samples()
  say(
    `${sent} connections, ${rate.toFixed(0)} a second, ${failed} failed; ${pulled - counted} messages of ${sent} arrived`
  )
  if (failed > 0) faults.push(`${failed} could not connect`)
  if (pulled - counted !== sent) faults.push(`${sent} messages were sent, and ${pulled - counted} arrived`)
  if (rate < 900) faults.push(`only ${rate.toFixed(0)} connections a second`)
  for (const [i, name] of (['listener', 'dialers'] as const).entries()) {
    const [one, two] = [before[i] as Sample, after[i] as Sample]
    say(
      `${name}: ${mib(one.held)} held before, ${mib(two.held)} after, ${one.handles} and ${two.handles} handles, event loop p99 ${two.late.toFixed(1)} ms late`
    )
    if (two.handles > one.handles) faults.push(`${name}: ${one.handles} handles before, ${two.handles} after`)
    if (two.held > one.held + 8 * 2 ** 20) faults.push(`${name} holds ${mib(two.held)}, before ${mib(one.held)}`)
    faults.push(...two.warnings)
  }
  return faults
}
