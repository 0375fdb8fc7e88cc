/**
 * The page as a function of a snapshot. Elements are kept from one snapshot to the next, so that focus and scrolling stay.
 * Whatever members chose is put in as text, never as markup.
 */
import { clock, count, duration, since, sum } from './format.js'

/**
 * @typedef {import('../../snapshot.ts').Snapshot} Snapshot
 * @typedef {import('../../snapshot.ts').MemberSnapshot} Member
 */

/** From so many members of a name on they are small. */
const few = 8
/** Points of a curve: a minute, at one a second. */
const points = 60
const svg = 'http://www.w3.org/2000/svg'

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id))

/** @type {Map<string, ServiceView>} */
const services = new Map()
/** @type {string | undefined} */
let chosen
/** @type {Snapshot | undefined} */
let shown

/** @param {Snapshot} snapshot */
export function show(snapshot) {
  shown = snapshot
  const { network, members } = snapshot
  document.title = `${network} · cluster`
  byId('network').textContent = network
  const groups = grouped(members)
  showTotals(members, groups.size)
  const fastest = Math.max(1, ...members.map(({ rate }) => rate ?? 0))
  for (const [name, view] of services) {
    if (groups.has(name)) continue
    view.element.remove()
    services.delete(name)
  }
  const map = byId('map')
  for (const [name, group] of groups) {
    let view = services.get(name)
    if (view === undefined) {
      view = new ServiceView(name)
      services.set(name, view)
    }
    view.show(group, fastest)
  }
  const order = [...services.keys()].sort()
  for (const [i, name] of order.entries()) {
    const { element } = /** @type {ServiceView} */ (services.get(name))
    if (map.children[i] !== element) map.insertBefore(element, map.children[i] ?? null)
  }
  map.classList.toggle('empty', members.length === 0)
  showDetail()
  showHappenings(snapshot)
}

/** @param {readonly Member[]} members @returns {Map<string, Member[]>} */
function grouped(members) {
  /** @type {Map<string, Member[]>} */
  const groups = new Map()
  for (const member of members) {
    const group = groups.get(member.name)
    if (group === undefined) groups.set(member.name, [member])
    else group.push(member)
  }
  return groups
}

/** @param {readonly Member[]} members @param {number} names */
function showTotals(members, names) {
  const instances = new Map(members.map((member) => [member.id, member]))
  const silent = members.filter(({ answers }) => !answers).length
  showFacts(byId('totals'), [
    ['Services', count(names)],
    ['Members', count(members.length)],
    ['Calls / s', count(sum(members.map(({ rate }) => rate)))],
    ['Latency', duration(latencyOf(members))],
    ['Outstanding', count(sum(members.map(({ outstanding }) => outstanding)))],
    ['Dropped', count(sum([...instances.values()].map(({ dropped }) => dropped)))],
    ['Silent', count(silent)]
  ])
}

/** Mean of the members, each as often as it is called. @param {readonly Member[]} members */
function latencyOf(members) {
  const known = members.filter(({ latency }) => latency !== null)
  const weight = (/** @type {Member} */ { rate }) => Math.max(rate ?? 0, 0.001)
  const total = sum(known.map(weight))
  return total === 0 ? null : sum(known.map((member) => (member.latency ?? 0) * weight(member))) / total
}

/** @param {HTMLElement} list @param {readonly (readonly [string, string])[]} facts */
function showFacts(list, facts) {
  while (list.children.length > facts.length) list.lastElementChild?.remove()
  for (const [i, [term, value]] of facts.entries()) {
    let pair = list.children[i]
    if (pair === undefined) {
      pair = list.appendChild(element('div'))
      pair.append(element('dt'), element('dd'))
    }
    setText(/** @type {Element} */ (pair.children[0]), term)
    setText(/** @type {Element} */ (pair.children[1]), value)
  }
}

class ServiceView {
  /** @param {string} name */
  constructor(name) {
    this.element = element('section', 'service')
    this.heading = element('h2')
    this.heading.textContent = name
    this.facts = element('p', 'facts')
    this.curve = document.createElementNS(svg, 'svg')
    this.curve.setAttribute('viewBox', `0 0 ${points - 1} 20`)
    this.curve.setAttribute('preserveAspectRatio', 'none')
    this.curve.setAttribute('aria-hidden', 'true')
    this.line = this.curve.appendChild(document.createElementNS(svg, 'polyline'))
    this.list = element('ul')
    const head = element('div', 'head')
    head.append(this.heading, this.facts, this.curve)
    this.element.append(head, this.list)
    /** @type {number[]} */
    this.rates = []
    /** @type {Map<string, MemberView>} */
    this.members = new Map()
  }

  /** @param {readonly Member[]} members @param {number} fastest */
  show(members, fastest) {
    const rate = sum(members.map((member) => member.rate))
    this.rates = [...this.rates, rate].slice(-points)
    const highest = Math.max(1, ...this.rates)
    const first = points - this.rates.length
    const line = this.rates.map((value, i) => `${first + i},${(19 - (value / highest) * 18).toFixed(1)}`)
    this.line.setAttribute('points', line.join(' '))
    const parts = [
      `${members.length} ${members.length === 1 ? 'member' : 'members'}`,
      `${count(rate)} calls/s`,
      duration(latencyOf(members))
    ]
    setText(this.facts, parts.join(' · '))
    this.list.className = members.length > few ? 'many' : 'few'
    const ids = new Set(members.map(({ id }) => id))
    for (const [id, view] of this.members) {
      if (ids.has(id)) continue
      view.element.remove()
      this.members.delete(id)
    }
    for (const [i, member] of members.entries()) {
      let view = this.members.get(member.id)
      if (view === undefined) {
        view = new MemberView(member)
        this.members.set(member.id, view)
      }
      if (this.list.children[i] !== view.element) this.list.insertBefore(view.element, this.list.children[i] ?? null)
      view.show(member, fastest)
    }
  }
}

class MemberView {
  /** @param {Member} member */
  constructor(member) {
    this.element = element('li')
    this.button = element('button')
    this.button.setAttribute('type', 'button')
    this.id = element('span', 'id')
    this.zone = element('span', 'zone')
    this.rate = element('span', 'rate')
    this.more = element('span', 'more')
    this.load = /** @type {HTMLMeterElement} */ (element('meter'))
    this.load.setAttribute('aria-hidden', 'true')
    this.button.append(this.id, this.zone, this.rate, this.more, this.load)
    this.element.append(this.button)
    this.id.textContent = member.id.slice(0, 8)
    const key = keyOf(member)
    this.button.addEventListener('click', () => {
      chosen = chosen === key ? undefined : key
      if (shown !== undefined) show(shown)
    })
  }

  /** @param {Member} member @param {number} fastest */
  show(member, fastest) {
    const { zone, rate, latency, outstanding, dropped, failed, answers, since: began } = member
    setText(this.zone, zone)
    setText(this.rate, answers ? `${count(rate)}/s` : 'silent')
    const details = [`${duration(latency)}`, `${count(outstanding)} out`]
    if ((dropped ?? 0) > 0) details.push(`${count(dropped)} dropped`)
    if ((failed ?? 0) > 0) details.push(`${count(failed)} failed`)
    setText(this.more, details.join(' · '))
    this.load.value = Math.min(1, (rate ?? 0) / fastest)
    const { classList } = this.button
    // One of ten steps, since the page has no styles but those of its sheet.
    const step = answers ? Math.round(this.load.value * 9) : 0
    for (let i = 0; i < 10; i++) classList.toggle(`load-${i}`, i === step)
    classList.toggle('silent', !answers)
    classList.toggle('drops', (dropped ?? 0) + (failed ?? 0) > 0)
    classList.toggle('new', Date.now() - Date.parse(began) < 10_000)
    const pressed = chosen === keyOf(member)
    this.button.setAttribute('aria-pressed', String(pressed))
    this.button.setAttribute(
      'aria-label',
      `${member.name} ${member.id.slice(0, 8)}${zone === '' ? '' : ` in ${zone}`}: ${this.rate.textContent}, ${details.join(', ')}`
    )
  }
}

function showDetail() {
  const detail = byId('detail')
  const member = shown?.members.find((one) => keyOf(one) === chosen)
  detail.hidden = member === undefined
  if (member === undefined) {
    detail.replaceChildren()
    return
  }
  let list = detail.querySelector('dl')
  if (list === null) {
    list = document.createElement('dl')
    detail.replaceChildren(element('h2'), list)
  }
  setText(/** @type {Element} */ (detail.querySelector('h2')), `${member.name} ${member.id.slice(0, 8)}`)
  const metadata = Object.entries(member.metadata)
  showFacts(list, [
    ['Id', member.id],
    ['Zone', member.zone === '' ? 'none' : member.zone],
    ['Serves since', `${clock(member.since)} (${since(member.since, Date.now())})`],
    ['Answers', member.answers ? 'yes' : 'no'],
    ['Calls / s', count(member.rate)],
    ['Handled', count(member.handled)],
    ['Latency', duration(member.latency)],
    ['Outstanding', count(member.outstanding)],
    ['Failed', count(member.failed)],
    ['Dropped', count(member.dropped)],
    ['URLs', member.urls.join(' ')],
    ...metadata.map(([key, value]) => /** @type {[string, string]} */ ([key, value]))
  ])
}

/** @param {Snapshot} snapshot */
function showHappenings({ happenings }) {
  const list = byId('happenings')
  byId('quiet').hidden = happenings.length > 0
  const newest = happenings.slice(-30).reverse()
  while (list.children.length > newest.length) list.lastElementChild?.remove()
  for (const [i, { time, what, name, id, reason }] of newest.entries()) {
    const item = list.children[i] ?? list.appendChild(element('li'))
    item.className = what
    const why = what === 'came' ? 'came' : reason === 'lost' ? 'was lost' : 'left'
    setText(item, `${clock(time)}  ${name} ${id.slice(0, 8)} ${why}`)
  }
}

/** @param {boolean} live */
export function showLive(live) {
  const status = byId('live')
  setText(status, live ? 'live' : 'no connection')
  status.className = live ? 'live' : 'dead'
}

/** @param {{ readonly id: string, readonly name: string }} member */
const keyOf = ({ id, name }) => `${name} ${id}`

/** @param {string} tag @param {string} [kind] @returns {HTMLElement} */
function element(tag, kind = '') {
  const made = document.createElement(tag)
  if (kind !== '') made.className = kind
  return made
}

/** Nothing is drawn again that is as it was. @param {Element} target @param {string} text */
function setText(target, text) {
  if (target.textContent !== text) target.textContent = text
}
