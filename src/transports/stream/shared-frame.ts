/** What connections that send the same message have in common: the frame that the first of them wrote, in its memory. */
import { Slab } from './slab-pool.ts'

/** The frame that was written last of those that several connections send. */
interface SharedFrame {
  /** What `write` was given as `shared`. */
  mark: number
  /** Frames of one format are the same bytes. */
  format: unknown
  slab: Slab
  start: number
  end: number
}

export const lastShared: SharedFrame = { mark: 0, format: undefined, slab: new Slab(0), start: 0, end: 0 }
