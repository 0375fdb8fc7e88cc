/** The first byte of a frame: RFC 6455 §5.2, §11.8. */

export const finalFrame = 0x80
export const reservedBits = 0x70

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

const known: ReadonlySet<number> = new Set(Object.values(opcodes))

export const isKnown = (opcode: number): boolean => known.has(opcode)
export const isControl = (opcode: number): boolean => opcode >= opcodes.close
