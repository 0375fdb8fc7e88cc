/** The faults, from mild to hard, each with the option that decides what becomes of it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Scenario, sleep } from './lab.ts'
import { Network } from './network.ts'

/** A cut of so long. */
const cut = (ms: number, what: 'both' | 'client' | 'server' = 'both'): Scenario['run'] => {
  return async (lab) => {
    await lab.order({ cut: what })
    await sleep(ms)
    await lab.order({})
  }
}

/** The server loses power and comes back while nothing passes: the client's connections are half open. */
const halfOpen = (ms: number): Scenario['run'] => {
  return async (lab) => {
    await lab.order({ cut: 'both' })
    await lab.killServer()
    await lab.startServer()
    await sleep(ms)
    await lab.order({})
  }
}

/** Takes the ports of the server and greets everybody as a web server does. */
const thief = `for (const port of [5001, 5002, 5003]) require('net').createServer((s) => s.on('error', () => {}).end('HTTP/1.1 400 Bad Request\\r\\n\\r\\n')).listen(port)`

const quickHandshake = { handshakeTimeout: 1000, reconnectIntervalMax: 1000 }

export const scenarios: readonly Scenario[] = [
  {
    fault: '30 % of all packets lost, 10 s',
    option: '–',
    run: async (lab) => {
      await lab.order({ loss: 0.3 })
      await sleep(10_000)
      await lab.order({})
    }
  },
  {
    fault: '200 ms delay each way, 5 s',
    option: '–',
    run: async (lab) => {
      await lab.order({ delay: 200 })
      await sleep(5000)
      await lab.order({})
    }
  },
  {
    fault: 'a quarter of the packets overtakes others, 20 ms delay, 5 s',
    option: '–',
    run: async (lab) => {
      await lab.order({ delay: 20, reorder: 0.25 })
      await sleep(5000)
      await lab.order({})
    }
  },
  { fault: 'partition, 3 s', option: '–', run: cut(3000) },
  { fault: 'partition, 20 s', option: 'defaults', run: cut(20_000) },
  {
    fault: 'partition, 20 s, REQ gives up waiting',
    option: '`resendInterval: 1000`',
    client: { resendInterval: 1000 },
    run: cut(20_000)
  },
  {
    fault: 'partition, 20 s, over WebSocket',
    option: '`ws: { pingInterval: 1000 }`',
    scheme: 'ws',
    server: { ws: { pingInterval: 1000 } },
    client: { ws: { pingInterval: 1000 } },
    run: cut(20_000)
  },
  { fault: 'black hole one way: nothing of the client arrives, 5 s', option: '–', run: cut(5000, 'client') },
  { fault: 'black hole one way: nothing of the server arrives, 5 s', option: '–', run: cut(5000, 'server') },
  {
    fault: 'black hole while connecting, 5 s',
    option: '`handshakeTimeout: 1000`',
    client: quickHandshake,
    before: (lab) => lab.order({ cut: 'both' }),
    run: async (lab) => {
      await sleep(5000)
      await lab.order({})
    }
  },
  {
    fault: 'half open: the server loses power, is back at once, the network after 10 s',
    option: 'defaults',
    run: halfOpen(10_000)
  },
  { fault: 'half open and idle, 20 s', option: 'defaults', idle: true, run: halfOpen(20_000) },
  {
    fault: 'half open and idle, 20 s',
    option: '`tcpKeepAlive: 2000`',
    idle: true,
    server: { tcpKeepAlive: 2000 },
    client: { tcpKeepAlive: 2000 },
    run: halfOpen(20_000)
  },
  {
    fault: 'half open and idle, 20 s, over WebSocket',
    option: '`ws: { pingInterval: 1000 }`',
    scheme: 'ws',
    idle: true,
    client: { ws: { pingInterval: 1000 } },
    run: halfOpen(20_000)
  },
  {
    fault: '`kill -9` of the server, back after 1 s',
    option: '`reconnectInterval` of 100',
    run: async (lab) => {
      await lab.killServer()
      await sleep(1000)
      await lab.startServer()
    }
  },
  {
    fault: 'SIGSTOP of the server, SIGCONT after 5 s',
    option: 'defaults',
    run: async (lab) => {
      lab.server.process.kill('SIGSTOP')
      await sleep(5000)
      lab.server.process.kill('SIGCONT')
    }
  },
  {
    fault: 'SIGSTOP of the server, SIGCONT after 5 s',
    option: '`resendInterval: 1000`',
    client: { resendInterval: 1000 },
    run: async (lab) => {
      lab.server.process.kill('SIGSTOP')
      await sleep(5000)
      lab.server.process.kill('SIGCONT')
    }
  },
  {
    fault: 'the port is stolen by a web server while ours is down, 3 s',
    option: '`reconnectIntervalMax: 1000`',
    client: { reconnectIntervalMax: 1000 },
    run: async (lab) => {
      await lab.killServer()
      const [program = '', ...args] = [...lab.network.on('server'), process.execPath, '-e', thief]
      const other = spawn(program, args, { stdio: 'ignore' })
      const ended = once(other, 'exit')
      await sleep(3000)
      other.kill('SIGKILL')
      await ended
      await lab.startServer()
    }
  },
  {
    fault: 'the clock on the wall jumps a day ahead on both hosts',
    option: 'only monotonic time is used',
    run: async (lab) => {
      await Promise.all([lab.server, lab.client].map((child) => child.call('jump', 86_400_000)))
      await sleep(2000)
    }
  },
  {
    fault: 'the name server is silent while connecting, 12 s',
    option: '`handshakeTimeout: 1000`',
    host: 'server.test',
    client: quickHandshake,
    before: async (lab) => lab.network.names(''),
    run: async (lab) => {
      const [slowest] = await Promise.all([lab.client.call<number>('watchFiles'), sleep(12_000)])
      lab.figure = slowest
      lab.network.names(`${Network.server} server.test`)
    },
    seen: ({ figure }) => `the file system took ${figure.toFixed(0)} ms at worst meanwhile`
  },
  {
    fault: 'the server moves to another address, and its name with it',
    option: 'names are looked up every time',
    host: 'server.test',
    run: async (lab) => {
      await lab.killServer()
      lab.network.names(`${Network.moved} server.test`)
      await lab.startServer(Network.moved)
    }
  }
]
