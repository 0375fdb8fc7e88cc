/**
 * The life of a link to a member, and its signs: what arrives sets `heard`, and the monitor looks at it.
 *
 *   dialing ──attach──► greeting ──STATE──► up ──no sign of life──► silent
 *      ▲                   │                │ ▲────────heard────────┘ │
 *      └───────lost────────┴────────────────┴─────────────────────────┘
 */
import { Machine, type StateTable } from 'hubless'

export type LinkState = 'dialing' | 'greeting' | 'up' | 'silent' | 'closed'
export type LinkEvent = 'attach' | 'greeted' | 'silence' | 'heard' | 'lost' | 'close'

export const linkStates: StateTable<LinkState, LinkEvent> = {
  name: 'link',
  initial: 'dialing',
  transitions: {
    dialing: { attach: 'greeting', close: 'closed' },
    greeting: { greeted: 'up', lost: 'dialing', close: 'closed' },
    up: { silence: 'silent', lost: 'dialing', close: 'closed' },
    silent: { heard: 'up', lost: 'dialing', close: 'closed' },
    closed: {}
  }
}

export class LinkLife extends Machine<LinkState, LinkEvent> {
  /** Something arrived since the monitor last looked. */
  heard = false
  /** How often the monitor looked in vain. */
  silence = 0

  constructor() {
    super(linkStates)
  }

  /** It said who it is, and its connection is not known to be gone. */
  get linked(): boolean {
    return this.state === 'up' || this.state === 'silent'
  }

  attach(): void {
    this.fire('attach')
    this.heard = true
    this.silence = 0
  }
}
