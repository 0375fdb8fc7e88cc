/**
 * An envelope for a body: the headers of a trace context in front of it. It is optional: what does not begin with the mark is
 * a body without headers, so that peers with it and without it can talk while it is being introduced, from the
 * answering side on.
 *
 *   00 'h' 'c' 't' 01 | length of the headers, 16 bits, big-endian | name: value LF … | body
 */
const mark = Uint8Array.of(0, 0x68, 0x63, 0x74, 1)
const start = mark.length + 2
/** What others may make us look at, bytes. `traceparent` takes 68. */
const longest = 4096

export type Headers = Record<string, string>

export function wrap(headers: Headers, body: string | Uint8Array): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`)
  const text = Buffer.from(lines.join(''))
  if (text.length > longest) throw new RangeError(`the headers have ${text.length} bytes of at most ${longest}`)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(text.length)
  return Buffer.concat([mark, length, text, typeof body === 'string' ? Buffer.from(body) : body])
}

export function unwrap(bytes: Buffer): { readonly headers: Headers; readonly body: Buffer } {
  const plain = { headers: {}, body: bytes }
  if (bytes.length < start || !bytes.subarray(0, mark.length).equals(mark)) return plain
  const end = start + bytes.readUInt16BE(mark.length)
  if (end > bytes.length || end - start > longest) return plain
  const lines = bytes.toString('utf8', start, end).split('\n')
  const pairs = lines.flatMap((line) => {
    const [, name, value] = /^([a-z-]+): (.*)$/.exec(line) ?? []
    return name === undefined ? [] : [[name, value]]
  })
  return { headers: Object.fromEntries(pairs), body: bytes.subarray(end) }
}
