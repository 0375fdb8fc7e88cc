/**
 * Metadata: the properties that READY and INITIATE carry. ZMTP 3.1, "Metadata".
 *
 *   length of name, 1 byte | name | length of value, 4 bytes big-endian | value
 */
export type Metadata = ReadonlyMap<string, Buffer>

export function encodeMetadata(properties: Readonly<Record<string, string | Uint8Array>>): Buffer {
  return Buffer.concat(
    Object.entries(properties).flatMap(([name, value]) => {
      const bytes = Buffer.from(value as string)
      const length = Buffer.alloc(4)
      length.writeUInt32BE(bytes.length)
      return [Buffer.from([name.length]), Buffer.from(name, 'latin1'), length, bytes]
    })
  )
}

/** By lower-case name, since these have no case; `undefined` for damaged metadata. Copies the values. */
export function decodeMetadata(bytes: Buffer): Metadata | undefined {
  const properties = new Map<string, Buffer>()
  for (let at = 0; at < bytes.length; ) {
    const value = at + 1 + (bytes[at] as number) + 4
    if (value > bytes.length || bytes[at] === 0) return undefined
    const end = value + bytes.readUInt32BE(value - 4)
    if (end > bytes.length) return undefined
    const name = bytes.toString('latin1', at + 1, value - 4).toLowerCase()
    // What comes twice could be judged as one and used as the other.
    if (properties.has(name)) return undefined
    properties.set(name, Buffer.from(bytes.subarray(value, end)))
    at = end
  }
  return properties
}
