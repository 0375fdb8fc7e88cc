/**
 * Memory for outgoing small messages, used again and again. Connections borrow a slab while they have something to
 * write and give it back when the operating system has taken the bytes, so idle connections hold none. Connections that
 * send the same message share one slab; the last to give it back returns it.
 */
export const smallSlab = 4096
export const largeSlab = 65536

export class Slab {
  readonly bytes: Buffer
  /** Connections that write from it. */
  users = 1

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size)
  }
}

const free: { readonly small: Slab[]; readonly large: Slab[] } = { small: [], large: [] }
/** Slabs kept for later; the rest is left to the garbage collector. */
const keep = 64

/** A slab of at least `size` bytes; of a size of its own where that is more than `largeSlab`. */
export function takeSlab(size: number): Slab {
  if (size > largeSlab) return new Slab(size)
  const list = size <= smallSlab ? free.small : free.large
  const slab = list.pop()
  if (slab === undefined) return new Slab(size <= smallSlab ? smallSlab : largeSlab)
  slab.users = 1
  return slab
}

export function returnSlab(slab: Slab): void {
  if (--slab.users > 0) return
  const list = slab.bytes.length === smallSlab ? free.small : free.large
  // One that was made for a single message is no slab of the pool.
  if (list.length < keep && slab.bytes.length <= largeSlab) list.push(slab)
}
