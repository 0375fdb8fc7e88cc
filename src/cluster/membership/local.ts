/**
 * `local()`: the processes of this host and user meet over ipc, with nothing to start. They share a directory that is
 * theirs alone; the first that listens at the meeting place in it is a hub for the others. When it is gone, all try to
 * listen there: one succeeds, the others connect to it.
 *
 *   no meeting place ──► try to listen ──► EADDRINUSE ──► connect
 *         ▲                   └─► hub for everyone, itself too ──► connect to it
 *         └── connection lost ──┘
 */
import { createHash } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync, readdirSync, statSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { SpError } from 'hubless'
import { check, checkNames, type Rule } from '../../rules.ts'
import { Guest } from './guest.ts'
import { Hub } from './hub-server.ts'
import type { Membership, MembershipFactory, MembershipHost, Sighting } from './membership.ts'

/** How members of one host find each other. */
export interface LocalOptions {
  /** Where the sockets are; made with mode 0700 if it is not there. Default: a directory of the user's in that for temporary files. */
  readonly directory?: string | undefined
}

const directoryRule: Rule = {
  allowed: 'a path of 1 to 64 bytes',
  accepts: (v) => typeof v === 'string' && v !== '' && Buffer.byteLength(v) <= 64
}

/** How often who listens looks whether the meeting place is still its own, ms. */
const lookInterval = 1000

/**
 * Members are the processes of this host and user. Throws `EINVAL`; the cluster's first call or service fails with
 * `EACCES` when the directory belongs to somebody else.
 *
 * @example
 * new Cluster({ members: local() }) // the default
 */
export function local(options: LocalOptions = {}): MembershipFactory {
  checkNames('local()', ['directory'], options)
  if (options.directory !== undefined) check('option directory', directoryRule, options.directory)
  const directory = options.directory ?? join(tmpdir(), `hubless-${userInfo().uid}`)
  return {
    name: 'local',
    reach: 'ipc',
    directory: () => privateDirectory(directory),
    open: (host) => new MeetingPlace(host, directory)
  }
}

/** Makes it if needed. Throws `EACCES` where others could get in, or put something in our way. */
function privateDirectory(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const found = lstatSync(path)
  const { uid } = userInfo()
  if (!found.isDirectory() || (uid >= 0 && found.uid !== uid)) {
    throw new SpError('EACCES', {
      message: `${path} is not a directory of this user; remove it or give local({ directory })`
    })
  }
  if ((found.mode & 0o077) !== 0 && process.platform !== 'win32') chmodSync(path, 0o700)
  return path
}

class MeetingPlace implements Membership {
  readonly #host: MembershipHost
  readonly #directory: string
  readonly #path: string
  #guest: Guest | undefined
  #hub: Hub | undefined
  #inode = -1
  #trying = false
  #closed = false
  #retry: ReturnType<typeof setTimeout> | undefined
  readonly #look: ReturnType<typeof setInterval>

  constructor(host: MembershipHost, directory: string) {
    this.#host = host
    this.#directory = directory
    const name = createHash('sha256').update(host.network).digest('hex').slice(0, 12)
    this.#path = join(directory, `${name}.hub`)
    this.#look = setInterval(() => void this.#check(), lookInterval).unref()
    try {
      privateDirectory(directory)
    } catch (error) {
      host.warn(String(error), error)
      host.ready()
      this.#closed = true
      return
    }
    this.#guest = new Guest(
      host,
      '',
      { url: `ipc://${this.#path}`, endpoint: {}, reconnectInterval: 10, reconnectIntervalMax: 100, certain: true },
      { missed: () => this.#takeOver() }
    )
  }

  async announce(self: Sighting | undefined): Promise<void> {
    await this.#guest?.announce(self)
  }

  stats(): Readonly<Record<string, unknown>> {
    return { meetingPlace: this.#path, here: this.#hub !== undefined, connected: this.#guest?.connected ?? false }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#look)
    clearTimeout(this.#retry)
    await this.#guest?.close()
    const hub = this.#hub
    this.#hub = undefined
    await hub?.close()
  }

  /** Nobody listens there: be the one who does. Whoever is second connects again in a moment. */
  #takeOver(): void {
    if (this.#closed || this.#trying || this.#hub !== undefined) return
    this.#trying = true
    void this.#listen().finally(() => {
      this.#trying = false
    })
  }

  async #listen(): Promise<void> {
    const hub = new Hub()
    try {
      await hub.bind(`ipc://${this.#path}`, { ipc: { mode: 0o600 } })
    } catch (error) {
      await hub.close()
      if (error instanceof SpError && error.code === 'EADDRINUSE') return
      if (!this.#closed) this.#host.warn(`cannot listen at ${this.#path}: ${String(error)}`, error)
      this.#host.ready()
      this.#guest?.giveUp()
      return
    }
    if (this.#closed) return hub.close()
    this.#hub = hub
    this.#inode = inodeOf(this.#path)
    this.#guest?.redial()
    this.#sweep()
  }

  /** Two that found the same dead socket file may both have replaced it: the file says who of them is found by others. */
  async #check(): Promise<void> {
    const hub = this.#hub
    if (hub === undefined || inodeOf(this.#path) === this.#inode) return
    this.#hub = undefined
    await hub.close()
    if (!this.#closed) this.#guest?.redial()
  }

  /** Socket files of members that were killed. */
  #sweep(): void {
    let names: string[]
    try {
      names = readdirSync(this.#directory).filter((name) => /^[0-9a-f]{16}\.sock$/.test(name))
    } catch {
      return
    }
    for (const name of names) {
      const path = join(this.#directory, name)
      const probe = connect({ path })
      probe.once('connect', () => probe.destroy())
      probe.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED') remove(path)
      })
    }
  }
}

function inodeOf(path: string): number {
  try {
    return statSync(path).ino
  } catch {
    return -1
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Somebody else was faster.
  }
}
