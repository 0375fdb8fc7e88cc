/**
 * A shell command with everything that it starts, as one process group: it is ended as a whole, and counts until no
 * process of it is left. It is ended with SIGTERM, and what is still there a second later with SIGKILL. The group has a
 * session of its own, so no terminal ends it: whoever starts one ends it.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

type Child = ChildProcessByStdio<Writable, Readable, null>

/** Between SIGTERM, SIGKILL and giving up, ms. */
const grace = 1000
/** Until the first look whether somebody is left, ms; each of the next takes twice as long. */
const firstPause = 5
/** Windows has no process groups: only the shell is ended there. */
const hasGroups = process.platform !== 'win32'

const live = new Set<ProcessGroup>()

export class ProcessGroup {
  readonly child: Child
  /** Rejects when the shell could not be started. */
  readonly failed: Promise<never>
  #gone: Promise<void> | undefined

  /** Throws what the operating system says at once; other failures to start come as `failed`. */
  constructor(command: string) {
    this.child = spawn(command, { shell: true, detached: hasGroups, stdio: ['pipe', 'pipe', 'inherit'] })
    this.failed = new Promise((_, reject) => this.child.on('error', reject))
    this.failed.catch(() => {})
    if (live.size === 0) process.on('exit', killAll)
    live.add(this)
  }

  /** Ends what is left of the group. Resolves when nothing is. */
  end(): Promise<void> {
    this.#gone ??= this.#endAll().finally(() => {
      live.delete(this)
      if (live.size === 0) process.off('exit', killAll)
    })
    return this.#gone
  }

  /** false: there is nobody to take the signal. 0 is no signal, but a look. */
  signal(signal: NodeJS.Signals | 0): boolean {
    const { pid, exitCode, signalCode } = this.child
    if (pid === undefined) return false
    if (!hasGroups) return exitCode === null && signalCode === null && this.child.kill(signal)
    try {
      return process.kill(-pid, signal)
    } catch {
      return false
    }
  }

  #lives(): boolean {
    return this.signal(0) && (process.platform !== 'linux' || this.child.pid === undefined || !isDead(this.child.pid))
  }

  /** What left the group may hold the pipes open for ever. Without descriptors there are none. */
  #hangUp(): void {
    for (const stream of [this.child.stdin, this.child.stdout]) (stream as Writable | Readable | undefined)?.destroy()
  }

  async #endAll(): Promise<void> {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      this.signal(signal)
      this.#hangUp()
      for (let [pause, left] = [firstPause, grace]; left > 0 && this.#lives(); pause *= 2) {
        await sleep(Math.min(pause, left))
        left -= pause
      }
    }
  }
}

/**
 * Whether all that is left of a group are zombies: in a container whose first process collects none they stay for ever.
 * Unknown is no.
 */
function isDead(group: number): boolean {
  try {
    return readdirSync('/proc').every((name) => !/^\d+$/.test(name) || !livesIn(group, `/proc/${name}/stat`))
  } catch {
    return false
  }
}

function livesIn(group: number, path: string): boolean {
  let text: string
  try {
    text = readFileSync(path, 'latin1')
  } catch {
    return false
  }
  // pid (name) state parent group …; the name may hold anything.
  const [state = '', , inGroup] = text.slice(text.lastIndexOf(')') + 2).split(' ', 3)
  return Number(inGroup) === group && !/[ZX]/.test(state)
}

/** The process ends before they do: there is no time for more. */
function killAll(): void {
  for (const group of live) group.signal('SIGKILL')
}
