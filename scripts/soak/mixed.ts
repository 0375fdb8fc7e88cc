/** All patterns over three transports at full speed, between a process that stays and sockets that come and go. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Child } from '../processes/child.ts'
import type { Sample } from './gauge.ts'
import { faultsOf, median, mib } from './verdict.ts'

interface Moved {
  readonly sessions: number
  readonly pushed: number
  readonly faults: string[]
}

const children = (name: string): URL => new URL(`./children/${name}.ts`, import.meta.url)

export async function mixed(ms: number, say: (line: string) => void): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'soak-'))
  await using hub = new Child(children('hub'))
  await using visitors = new Child(children('visitors'))
  const samples: Record<string, Sample[]> = { hub: [], visitors: [] }
  const look = async (): Promise<void> => {
    for (const [name, child] of Object.entries({ hub, visitors })) samples[name]?.push(await child.call('sample'))
  }
  try {
    const places = ['tcp://127.0.0.1:0', `ipc://${folder}/PATTERN`, 'ws://127.0.0.1:0']
    await look()
    const urls = await hub.call<Record<string, string[]>>('bind', places)
    await hub.call('start')
    await visitors.call('start', urls)
    const faults: string[] = []
    const began = performance.now()
    const pause = Math.min(15_000, ms / 12)
    while (performance.now() < began + ms) {
      await new Promise((resolve) => setTimeout(resolve, pause))
      await look()
      const { faults: found, ...moved } = await visitors.call<Moved>('moved')
      faults.push(...found)
      const of = ({ held, resident, late }: Sample): string =>
        `${mib(held)} of ${mib(resident)}, ${late.toFixed(0)} ms late`
      const state = Object.entries(samples).map(([name, all]) => `${name} ${of(all.at(-1) as Sample)}`)
      say(`${Math.round((performance.now() - began) / 1000)} s: ${state.join('; ')}; ${JSON.stringify(moved)}`)
    }
    const listening = await visitors.call<number>('leave')
    if (listening > 0) faults.push(`${listening} listeners are left on a signal that all calls shared`)
    await settled(async () => (await hub.call<{ peers: number }>('moved')).peers === 0)
    const [{ pushed, sessions, faults: found }, { pulled }] = [
      await visitors.call<Moved>('moved'),
      await hub.call<{ pulled: number }>('moved')
    ]
    faults.push(...found)
    await hub.call('close')
    if (pushed !== pulled) faults.push(`${pushed} were pushed, and ${pulled} pulled`)
    await look()
    say(`${sessions} sockets came and went; ${pushed} of ${pulled} messages were pushed and pulled`)
    for (const [name, all] of Object.entries(samples)) {
      const during = all.slice(1, -1)
      say(
        `${name}: ${mib(median(during.map(({ held }) => held)))} held, ${all[0]?.handles} handles before and ${all.at(-1)?.handles} after, event loop p99 ${median(during.map(({ late }) => late)).toFixed(1)} ms late`
      )
      faults.push(...faultsOf(name, all))
    }
    return faults
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Looks again for ten seconds at most. */
export async function settled(predicate: () => Promise<boolean>): Promise<boolean> {
  for (let looks = 0; looks < 100; looks++) {
    if (await predicate()) return true
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return false
}
