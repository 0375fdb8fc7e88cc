/**
 * Where threads meet: what the platform has for telling all threads something, for keeping a name for one of them, and
 * for opening a channel to one that is known. Node and pages have different things; everything else is common.
 */
import type { Channel } from './channel.ts'
import type { Limits } from './parcel.ts'

/** A thread that takes part. */
export interface Place {
  /** Drawn at random, so that two copies of the package in one thread are two. */
  readonly member: string
  /** Its number, where threads have one. */
  readonly thread: number
}

/** What is told to all threads. */
export type Notice =
  | { readonly kind: 'seek'; readonly name: string }
  | { readonly kind: 'bound'; readonly name: string; readonly place: Place }

/** What a dialer says when it opens a channel. */
export interface Call {
  readonly name: string
  /** Address of the dialer, for events. */
  readonly address: string
  readonly limits: Limits
}

export interface Neighbour {
  /** Another thread said something. */
  heard(notice: Notice): void
  /** A thread opened a channel to this one. */
  called(call: Call, channel: Channel): void
  /** A name that was given to this thread belongs to another, which was too busy to say so in time. */
  lost(name: string): void
}

export interface Ground {
  readonly here: Place
  /** Takes part; nothing happens before. */
  join(neighbour: Neighbour): void
  tell(notice: Notice): void
  /** Keeps a name for this thread; false when another one has it. */
  claim(name: string): Promise<boolean>
  release(name: string): void
  /** Opens a channel to another thread, which is soon `gone` where that does not live. */
  call(place: Place, call: Call): Promise<Channel>
  /** Whether the thread has to stay for what others may say. */
  stay(needed: boolean): void
  /** Runs a task at the end of this tick. */
  soon(task: () => void): void
  /** Memory that can be moved, contents undefined. */
  allocate(size: number): Uint8Array<ArrayBuffer>
}
