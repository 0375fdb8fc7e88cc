/** One direction of a connection that crosses a link: bytes in, and the same bytes out later, in pieces, or never. */
import type { Socket } from 'node:net'
import type { ResolvedFaults } from './faults.ts'
import { MessageLoss } from './message-loss.ts'

/** What a flow asks of its link. */
export interface Conditions {
  readonly faults: ResolvedFaults
  /** Whether nothing moves now. */
  readonly frozen: boolean
  /** Whether the next message vanishes. */
  isLost(): boolean
  random(): number
}

/** Bytes under way, after which a flow reads no more: the sender meets back-pressure, as from a network. */
const maxUnderWay = 1 << 20
/** In so many pieces a second bandwidth is meted out. */
const paces = 100

interface Chunk {
  readonly bytes: Buffer
  /** When it arrives, in ms of `performance.now()`. */
  readonly due: number
}

export class Flow {
  readonly #from: Socket
  readonly #to: Socket
  readonly #conditions: Conditions
  readonly #loss: MessageLoss
  /** The first may be in part across. */
  readonly #chunks: Chunk[] = []
  #underWay = 0
  /** When the last chunk arrives: nothing overtakes. */
  #lastDue = 0
  /** When the bandwidth allows the next byte. */
  #free = 0
  #timer: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined
  #ended = false

  constructor(from: Socket, to: Socket, conditions: Conditions) {
    this.#from = from
    this.#to = to
    this.#conditions = conditions
    this.#loss = new MessageLoss(() => conditions.isLost())
    from.on('data', (chunk: Buffer) => this.#take(this.#loss.filter(chunk)))
    from.on('end', () => {
      this.#ended = true
      this.move()
    })
    to.on('drain', () => this.move())
  }

  /** Moves what is due, unless the link is frozen. */
  move(): void {
    if (this.#conditions.frozen) {
      this.#from.pause()
      return
    }
    if (this.#timer !== undefined || this.#immediate !== undefined || this.#to.writableNeedDrain) return
    const next = this.#chunks[0]
    if (next === undefined) {
      if (this.#ended) this.#to.end()
      else this.#from.resume()
      return
    }
    const now = performance.now()
    // No piece takes longer than a second; a clock that was replaced by a fake one may begin anew.
    const wait = Math.max(next.due, Math.min(this.#free, now + 1000)) - now
    if (wait > 0) this.#timer = setTimeout(() => this.#turn(), Math.ceil(wait))
    // Each on a turn of its own, so that the other side reads it alone.
    else this.#immediate = setImmediate(() => this.#turn())
  }

  /** Forgets what is under way. */
  stop(): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#immediate)
    this.#chunks.length = 0
  }

  #turn(): void {
    this.#timer = this.#immediate = undefined
    if (this.#conditions.frozen) return
    const { split, bandwidth } = this.#conditions.faults
    const chunk = this.#chunks.shift()
    if (chunk !== undefined) {
      const piece = chunk.bytes.subarray(0, Math.max(1, Math.min(split, bandwidth / paces)))
      const rest = chunk.bytes.subarray(piece.length)
      if (rest.length > 0) this.#chunks.unshift({ bytes: rest, due: chunk.due })
      this.#underWay -= piece.length
      this.#free = Math.max(this.#free, performance.now()) + (1000 * piece.length) / bandwidth
      this.#to.write(piece)
    }
    this.move()
  }

  #take(bytes: Buffer): void {
    const { latency, jitter } = this.#conditions.faults
    if (bytes.length === 0) return
    const arrives = performance.now() + latency + jitter * this.#conditions.random()
    this.#lastDue = this.#chunks.length === 0 ? arrives : Math.max(this.#lastDue, arrives)
    this.#chunks.push({ bytes, due: this.#lastDue })
    this.#underWay += bytes.length
    if (this.#underWay >= maxUnderWay) this.#from.pause()
    this.move()
  }
}
