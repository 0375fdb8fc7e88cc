/** The bytes that a message becomes on stdout. All but `json` equal nanocat's. */
import type { Format } from './settings.ts'

const isPrintable = (byte: number): boolean => byte >= 0x20 && byte < 0x7f

export const encoders: Readonly<Record<Exclude<Format, 'json'>, (body: Buffer) => string | Buffer>> = {
  no: () => '',
  raw: (body) => body,
  ascii: (body) => `${eachByte(body, (byte) => (isPrintable(byte) ? String.fromCharCode(byte) : '.'))}\n`,
  quoted: (body) => `"${eachByte(body, quotedByte)}"\n`,
  hex: (body) => `"${eachByte(body, hexByte)}"\n`,
  msgpack: (body) => Buffer.concat([msgpackHeader(body.length), body])
}

function eachByte(body: Buffer, one: (byte: number) => string): string {
  let text = ''
  for (const byte of body) text += one(byte)
  return text
}

function quotedByte(byte: number): string {
  if (byte === 0x0a) return '\\n'
  if (byte === 0x0d) return '\\r'
  if (byte === 0x5c || byte === 0x22) return `\\${String.fromCharCode(byte)}`
  return isPrintable(byte) ? String.fromCharCode(byte) : hexByte(byte)
}

function hexByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`
}

/** bin 8, bin 16, bin 32. */
function msgpackHeader(length: number): Buffer {
  if (length < 0x100) return Buffer.from([0xc4, length])
  if (length < 0x10000) return Buffer.from([0xc5, length >> 8, length & 0xff])
  const header = Buffer.from([0xc6, 0, 0, 0, 0])
  header.writeUInt32BE(length, 1)
  return header
}
