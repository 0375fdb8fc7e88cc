/** What keeps a ratio below its floor, as far as it is known; each with what was tried in docs/benchmarks/log.md. */
import { type Floor, judge, type ResultsByName } from '../floors/floor.ts'

export interface Limit {
  /** Names of the cases it is about. */
  readonly cases: RegExp
  readonly text: string
}

export const limits: readonly Limit[] = [
  {
    cases: /^throughput\/pipeline\/(tcp|ipc)\/(64|1024)$/,
    text:
      '**Small messages.** Each side works on one thread, where libzmq has a second one for the network. Of what the ' +
      'receiver spends half are system calls and a tenth is the collector; sender and receiver await a promise for each ' +
      'message, which `try` and batches do without. Reading 64 KiB at a time is what Node does.'
  },
  {
    cases: /^throughput\/(pipeline|pubsub)\/(tcp|ipc)\/(65536|1048576)$/,
    text:
      '**Large messages over TCP and IPC.** Node reads at most 64 KiB at a time, each into fresh memory, so that a message ' +
      'is joined; libraries in C read into it. `bare, joined` is what Node leaves to anybody. A message of 64 KiB is ' +
      'completed in the chunk it begins in, which costs little more than that row. Tried and not kept for 1 MiB: larger buffers, memory ' +
      'reserved at the first chunk, chunks freed at once, and reading with `onread`, which Node has for dialed sockets only. ' +
      'In PUB/SUB those that lose most of what is published have short queues: see what was lost.'
  },
  {
    cases: /^throughput\/(pipeline|pubsub)\/ws\//,
    text: '**WebSocket.** The same as over TCP, and every byte that a client sends is masked and unmasked, four at a time.'
  },
  {
    cases: /^latency\//,
    text:
      '**Round trips.** One outstanding: what is beyond a bare socket is two promises, the frame and a table of what is ' +
      'outstanding; the first thousands of requests pay for the compiler; half of either side is the system call that ' +
      'writes. 64 outstanding: libzmq has a thread for the network beside each of ours; the first messages of an answer leave ' +
      'ahead, so that both sides work at a time. Tried: a handler that runs inside the read, which breaks the order of handlers and ' +
      'turns; answering without the look-up of the pipe, which could not be told.'
  },
  {
    cases: /^fan-out\//,
    text:
      '**PUB to many.** Four fifths of the time are the 50 subscribers in one process, which do what a single one does; a ' +
      'message is encoded once for all of them. libzmq drops 78 to 93 % of what is published here, and its figure is what ' +
      'is left; told not to (`ZMQ_XPUB_NODROP`) it moved 1.57 M of 64 B and 366 k of 1 KiB a second on a busy machine.'
  },
  {
    cases: /^throughput\/pair\/inproc\//,
    text:
      '**inproc.** An awaited send and an awaited receive take some 0.2 µs for promises alone, `try` takes 0.1 µs ' +
      'together. A handler in the same turn as its message would be faster, and would let one recurse into another.'
  },
  {
    cases: /^throughput\/threads\//,
    text:
      '**Threads.** By profile the transport takes 8 % of the receiver and 15 % of the sender: one that costs nothing would ' +
      'be some 1.2x as fast. A ring in shared memory was tried and is no faster.'
  },
  {
    cases: /^zeromq\//,
    text:
      '**ZMTP.** The path is that of SP, and limited by the same: at 1 KiB nothing of ZMTP shows in profiles. In PUB/SUB ' +
      'zeromq.js loses a quarter of the messages and libzmq most of them: rates of what arrives do not compare.'
  },
  {
    cases: /^stuck\//,
    text: '**Beside a stuck peer.** Two runs are compared that each differ by a tenth, on some machines by a third, from one time to the next.'
  },
  {
    cases: /^radix\//,
    text:
      '**Topics.** nanomsg has a node in C for every byte that differs, and allocates; here nodes are words of one array, a ' +
      'third of the memory. Of 10,000 operations in a new process most run before they are compiled. Tried: laying a tree ' +
      'in the order of its topics while it grows, tables for smaller nodes, copying labels by the word: no match or ' +
      'change was faster.'
  },
  {
    cases: /^million\/delay\//,
    text:
      '**Delay of PUB at full speed.** The receiver is slower than the sender, so that the buffers of the kernel fill, up to ' +
      'some 10 MB; Node has no option for their size on TCP, and a bare socket with nothing of its own in the queue waits as ' +
      'long. Peers that are faster here lose what does not fit: see what was lost. Tried: a smaller `sendBuffer`.'
  }
]

/** Those of them that a floor is about which was not met. */
export function limitsOf(floors: readonly Floor[], machines: Iterable<ResultsByName>): string[] {
  const missed = new Set<string>()
  for (const results of machines) {
    for (const floor of floors) if (judge(floor, results).met === false) missed.add(floor.case)
  }
  return limits.filter(({ cases }) => [...missed].some((name) => cases.test(name))).map(({ text }) => `- ${text}`)
}
