/**
 * What travels on a link between two instances: messages of the SP protocol `cluster` (0x780, both ends alike). A
 * message is one to three 32-bit words, big-endian, and a body. Who dialed is the caller, who listens the member.
 *
 *   word 0          word 1   word 2     body
 *   HELLO     1 0                       JSON { v, network, id, zone, max, role }          caller, first
 *   STATE     2 0   number              JSON { v, network, id, zone, max, add, remove, subscribe, unsubscribe }
 *   ACK       3 0   number                                                               of a STATE or SEEN
 *   PING      4 0   token                                                                answered with PONG 5
 *   REQUEST  16 s   call     ms left    the body         s: number of the service, from STATE
 *   SURVEY   17 s   call     ms left    the body
 *   BROADCAST 18 s  0        0          the body
 *   CANCEL   19 0   call
 *   PUBLISH  20 n                       n bytes of topic, then the body
 *   OPEN     21 s   tunnel   ms left
 *   ANSWER   32 0   call                the body
 *   FAILURE  33 c   call                JSON { name, code, message } with c = EREMOTE    also of OPEN
 *   OPENED   34 0   tunnel
 *   FRAME    48 0   tunnel              a frame of the tunnel, see tunnel/frames.ts      both ways
 *   CLOSED   49 0   tunnel                                                               both ways
 *   ANNOUNCE 64 0   number              JSON of a sighting, or nothing                   to a hub
 *   SEEN     65 0   number              JSON { up, down, all }                           from a hub
 *   TOLD     66 0   number                                                               from a hub: those who watch know
 *
 * Unknown types are counted and left alone, so that later versions can add some. Milliseconds of 2^32-1 are no limit.
 */

export const type = {
  HELLO: 1,
  STATE: 2,
  ACK: 3,
  PING: 4,
  PONG: 5,
  REQUEST: 16,
  SURVEY: 17,
  BROADCAST: 18,
  CANCEL: 19,
  PUBLISH: 20,
  OPEN: 21,
  ANSWER: 32,
  FAILURE: 33,
  OPENED: 34,
  FRAME: 48,
  CLOSED: 49,
  ANNOUNCE: 64,
  SEEN: 65,
  TOLD: 66
} as const

export const version = 1

/** Bytes that a message has beyond its body: three words and a topic. */
export const overhead = 512
/** Largest JSON that is taken, bytes. */
export const maxJson = 1048576

/** Codes of FAILURE by number; never changed. */
export const failureCodes = ['EREMOTE', 'EBUSY', 'ENOTSUP', 'EHOSTUNREACH', 'ETIMEDOUT', 'EMSGSIZE'] as const

const noLimit = 0xffffffff

/** ms left until a deadline on the clock of `performance.now()`, as it travels. */
export function msLeft(deadline: number): number {
  return deadline === Infinity ? noLimit : Math.max(0, Math.min(Math.ceil(deadline - performance.now()), noLimit - 1))
}

export function deadlineIn(ms: number): number {
  return ms === noLimit ? Infinity : performance.now() + ms
}

const two = new Uint8Array(8)
const three = new Uint8Array(12)

function put(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >>> 24
  bytes[at + 1] = word >>> 16
  bytes[at + 2] = word >>> 8
  bytes[at + 3] = word
}

/** Headers that are good until the next call: `send` copies them. */
export function header2(kind: number, aux: number, id: number): Uint8Array {
  put(two, 0, (kind << 24) | aux)
  put(two, 4, id)
  return two
}

export function header3(kind: number, aux: number, id: number, ms: number): Uint8Array {
  put(three, 0, (kind << 24) | aux)
  put(three, 4, id)
  put(three, 8, ms)
  return three
}

export function publishHeader(topic: string): Uint8Array {
  const header = Buffer.allocUnsafe(4 + topic.length)
  put(header, 0, (type.PUBLISH << 24) | topic.length)
  header.write(topic, 4, 'latin1')
  return header
}
