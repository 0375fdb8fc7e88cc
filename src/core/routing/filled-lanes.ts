/**
 * Lanes with something to read, by the priority of their pipe:
 *
 *   class 1:  pipe A [m m m]  pipe B [m]        read first, one message from each pipe in turn
 *   class 8:  pipe C [m m]                      read while class 1 is empty
 *   class 0:  pipe D [m]                        held, not read
 */
import { LinkedList } from '../linked-list.ts'
import type { Lane } from './lane.ts'

export class FilledLanes {
  readonly #classes: (LinkedList<Lane> | undefined)[] = []
  /** Bit p is set while class p has something to read; never for those that are held. */
  #filled = 0

  /** The lane whose turn it is. */
  get first(): Lane | undefined {
    if (this.#filled === 0) return undefined
    return this.#classes[31 - Math.clz32(this.#filled & -this.#filled)]?.head
  }

  /** One of the lowest class. */
  get last(): Lane | undefined {
    return this.#filled === 0 ? undefined : this.#classes[31 - Math.clz32(this.#filled)]?.head
  }

  /** Every lane, in the order of classes. */
  all(): Lane[] {
    const lanes: Lane[] = []
    for (const list of this.#classes) for (let lane = list?.head; lane !== undefined; lane = lane.next) lanes.push(lane)
    return lanes
  }

  /** Something waits in the lane. */
  add(lane: Lane): void {
    const { priority } = lane
    this.#classes[priority] ??= new LinkedList()
    this.#classes[priority].push(lane)
    this.#filled |= (1 << priority) & -2
  }

  /** Nothing waits in the lane any more. */
  remove(lane: Lane): void {
    const { priority } = lane
    lane.list?.remove(lane)
    if (this.#classes[priority]?.head === undefined) this.#filled &= ~(1 << priority)
  }

  /** What waits in the lane, and what arrives there, is held from now on, or has its turn again. */
  hold(lane: Lane, held: boolean): void {
    this.remove(lane)
    lane.held = held
    if (lane.length > 0) this.add(lane)
  }

  /** A message was taken: others have their turn. One lane alone, the common case, stays where it is. */
  taken(lane: Lane): void {
    if (lane.length === 0) this.remove(lane)
    else if (lane.next !== undefined) {
      const list = this.#classes[lane.pipe.recvPriority] as LinkedList<Lane>
      list.remove(lane)
      list.push(lane)
    }
  }
}
