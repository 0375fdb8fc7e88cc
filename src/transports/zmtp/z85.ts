/** Z85: 32 bytes of a key as 40 characters that survive configuration files and command lines. ZeroMQ RFC 32. */
const digits = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#'

/** Five characters for every four bytes; the length must be divisible by four. */
export function encodeZ85(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let text = ''
  for (let at = 0; at < bytes.length; at += 4) {
    const word = view.getUint32(at)
    for (let unit = 85 ** 4; unit >= 1; unit /= 85) text += digits[Math.floor(word / unit) % 85]
  }
  return text
}

/** `undefined` for what is not Z85. */
export function decodeZ85(text: string): Uint8Array | undefined {
  if (text.length % 5 !== 0) return undefined
  const bytes = new Uint8Array((text.length / 5) * 4)
  const view = new DataView(bytes.buffer)
  for (let at = 0; at < text.length; at += 5) {
    let word = 0
    for (const character of text.slice(at, at + 5)) {
      const digit = digits.indexOf(character)
      if (digit < 0) return undefined
      word = word * 85 + digit
    }
    if (word > 0xffffffff) return undefined
    view.setUint32((at / 5) * 4, word)
  }
  return bytes
}
