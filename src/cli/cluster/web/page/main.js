/** Receives snapshots while the page is open, and shows each. The browser connects again by itself. */
import { show, showLive } from './view.js'

const events = new EventSource('events')
events.addEventListener('open', () => showLive(true))
events.addEventListener('error', () => showLive(false))
events.addEventListener('message', ({ data }) => show(JSON.parse(data)))
