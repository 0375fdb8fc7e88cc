/**
 * Signs of life. Looks at every link several times within the patience: one that owes an answer and was not heard is
 * pinged, and after the patience it is silent and gets nothing new; a slow handler is no silence, as a ping is answered
 * beside it. One that is idle is pinged now and then, so that half-open connections are noticed. What stays silent for
 * ten times the patience is connected to anew.
 */
import type { MemberLink } from './member-link.ts'

const looks = 4
const givesUpAfter = 10
/** An idle link is pinged at every so many looks. */
const idleLooks = 20

interface Monitored {
  all(): Iterable<MemberLink>
  /** It was silent for too long. */
  redial(link: MemberLink): void
  /** Links that are not wanted any more may be empty. */
  retire(): void
}

export class Monitor {
  readonly #links: Monitored
  readonly #interval: number
  readonly #timer: ReturnType<typeof setInterval>
  #last = performance.now()
  #round = 0

  constructor(patience: number, links: Monitored) {
    this.#links = links
    this.#interval = Math.max(5, patience / looks)
    this.#timer = setInterval(() => this.#look(), this.#interval).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const now = performance.now()
    // This process was frozen or busy itself, and has not read what may have arrived.
    const asleep = now - this.#last > this.#interval * 2
    this.#last = now
    this.#round++
    this.#links.retire()
    if (asleep) return
    for (const link of this.#links.all()) this.#check(link)
  }

  #check(link: MemberLink): void {
    const { life } = link
    if (!life.linked) return
    if (life.heard) {
      life.heard = false
      life.silence = 0
      if (link.state === 'silent') link.awake()
      return
    }
    const owes = link.outstanding > 0 || link.tunnels > 0 || life.silence > 0
    if (!owes && this.#round % idleLooks !== 0) return
    life.silence++
    link.ping()
    if (life.silence > looks && link.state === 'up') link.fallSilent()
    else if (life.silence > looks * givesUpAfter) this.#links.redial(link)
  }
}
