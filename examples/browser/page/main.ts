/** A tab of the live board. Every socket connects to a path of the hub and reconnects by itself. */
import { Bus, Pub, Respondent, type Socket, Sub, Surveyor } from 'hubless'
import { Chart } from './chart.ts'
import { element, field, line, onSubmit } from './dom.ts'

const hub = `${location.origin.replace(/^http/, 'ws')}/`
const name = new URLSearchParams(location.search).get('name') ?? `tab ${Math.floor(Math.random() * 900 + 100)}`
element('name').textContent = name
document.title = `${name} · hubless`

const text = new TextDecoder()
const chart = new Chart(element('chart') as HTMLCanvasElement)
let total = 0

/** Reads a socket for ever. */
async function each(socket: AsyncIterable<Uint8Array>, handle: (message: string) => void): Promise<void> {
  for await (const body of socket) {
    total++
    chart.count()
    handle(text.decode(body))
  }
}

// BUS: what one says, all others hear.
const bus = new Bus()
bus.connect(`${hub}chat`)
void each(bus, (message) => {
  const { from, said } = JSON.parse(message) as { from: string; said: string }
  line('chat', from, said)
})
onSubmit('say', ({ text: said }) => {
  void bus.send(JSON.stringify({ from: name, said }))
  line('chat', 'me', said)
})

// PUB and SUB: a topic is how a message begins.
const pub = new Pub()
pub.connect(`${hub}publish`)
const sub = new Sub()
sub.connect(`${hub}topics`)
void each(sub, (message) => {
  const [topic = '', ...rest] = message.split(':')
  line('headlines', topic, rest.join(':'))
})
onSubmit('publish', ({ topic, text: headline }) => void pub.send(`${topic}:${headline}`))
element('flood').onclick = async () => {
  for (let i = 1; i <= 1000; i++) await pub.send(`${field('publish', 'topic')}:number ${i} of ${name}`)
}
for (const box of element('topics').querySelectorAll('input')) {
  box.onchange = () => void (box.checked ? sub.subscribe(`${box.value}:`) : sub.unsubscribe(`${box.value}:`))
}

// SURVEY: one asks, everybody answers, until the deadline.
const surveyor = new Surveyor({ deadline: 1000 })
surveyor.connect(`${hub}ask`)
onSubmit('ask', async ({ text: question }) => {
  let answers = 0
  line('answers', 'me', `asks: ${question}`)
  for await (const { body } of surveyor.survey(question)) {
    answers++
    line('answers', '', text.decode(body))
  }
  line('answers', 'me', `got ${answers} ${answers === 1 ? 'answer' : 'answers'}`)
})
const respondent = new Respondent()
respondent.connect(`${hub}answer`)
void respondent.serve(({ body }) => {
  const reply = (element('answer') as HTMLInputElement).value
  line('answers', 'asked', `${text.decode(body)} — ${reply}`)
  return `${name}: ${reply}`
})

// What the hub sees, and how this tab is connected.
interface Status {
  readonly type: 'status' | 'came' | 'went'
  readonly id: number
  readonly address: string
  readonly reason: string
  readonly peers: readonly { readonly id: number; readonly address: string }[]
  readonly drops: Readonly<Record<string, number>>
}
const status = new Sub()
status.subscribe('')
status.connect(`${hub}status`)
for await (const body of status) {
  const seen = JSON.parse(text.decode(body)) as Status
  if (seen.type === 'came') line('events', 'came', seen.address)
  else if (seen.type === 'went') line('events', 'went', `peer ${seen.id} (${seen.reason})`)
  else {
    element('peers').replaceChildren(
      ...seen.peers.map(({ id, address }) =>
        Object.assign(document.createElement('li'), { textContent: `${address} · ${id}` })
      )
    )
    const drops = Object.entries(seen.drops).map(([reason, count]) => `${count} ${reason}`)
    element('drops').textContent = drops.join(', ') || 'none'
  }
  element('total').textContent = String(total)
  element('rate').textContent = String(chart.rate)
  const sockets: Socket[] = [bus, pub, sub, surveyor, respondent, status]
  const connected = sockets.filter(({ peers }) => peers.length > 0).length
  element('state').textContent =
    connected === sockets.length ? 'connected' : `${connected} of ${sockets.length} connected`
  element('state').dataset.state = connected === sockets.length ? 'connected' : 'waiting'
}
