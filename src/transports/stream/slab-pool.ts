/**
 * Memory for outgoing small messages, used again and again. Connections borrow a slab while they have something to
 * write and return it when the operating system has taken the bytes, so idle connections hold none.
 */
export const smallSlab = 4096
export const largeSlab = 65536

const free: { readonly small: Buffer[]; readonly large: Buffer[] } = { small: [], large: [] }
/** Slabs kept for later; the rest is left to the garbage collector. */
const keep = 64

export function takeSlab(size: typeof smallSlab | typeof largeSlab): Buffer {
  const list = size === smallSlab ? free.small : free.large
  return list.pop() ?? Buffer.allocUnsafeSlow(size)
}

export function returnSlab(slab: Buffer): void {
  const list = slab.length === smallSlab ? free.small : free.large
  // One that was made for a single message is no slab of the pool.
  if (list.length < keep && slab.length <= largeSlab) list.push(slab)
}
