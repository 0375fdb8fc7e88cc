/** What the page says about each group of cases. */
export interface Section {
  readonly title: string
  readonly about: string
}

export const sections: Readonly<Record<string, Section>> = {
  throughput: {
    title: 'Throughput',
    about:
      'One process sends, another receives; the figure is what the receiver gets per second, after a tenth that is not ' +
      'timed. `hubless` is `await send` and `for await`; `hubless try` is `trySend` and `tryRecv`, awaiting only where ' +
      'they would block; `hubless batch` is `sendBatch`, 64 KiB at a time, and `batches`. PUB/SUB may lose messages when the receiver is slower: then the share that was lost is ' +
      'beside the figure. `bare node:net` writes 64 KiB of prepared frames at a time and only counts bytes: the limit. ' +
      '`bare, joined` also copies each large message into one piece, as whoever hands it over has to where Node reads 64 KiB at a time. ' +
      'With inproc both ends are in one thread, which sends one message and receives it. With thread a worker sends and ' +
      'the main thread receives; `hubless ipc` does the same over `ipc://`, and nanomsg and zeromq.js have inproc beside it.'
  },
  latency: {
    title: 'Round trips',
    about:
      'REQ/REP, 64 B. With one request outstanding both processes share one core (`taskset`), so that no core has to ' +
      'wake up. With 64, nng uses contexts, libzmq and zeromq.js a DEALER, NATS its `request`, and each is measured for a ' +
      'second or two.'
  },
  cluster: {
    title: 'Calls by name',
    about:
      'A cluster of members that know each other by address, 64 B over TCP: requests to one of them beside a bare REQ and ' +
      'REP and beside NATS, with the processor time that both sides spend on one (not that of the server); then what is ' +
      'published, and broadcast to all members of a name, to three receivers. A NATS client that publishes to three ' +
      'subscribers stands for both.'
  },
  million: {
    title: 'A million messages, with and without a broker',
    about:
      '1,000,000 messages of 1 KiB over PUB/SUB: what the sender and the receiver reach. Then how long a message is ' +
      'under way when it is one of 1 k … 1 M that are sent as fast as possible, from the time that each carries. ' +
      'Queues are part of the delay, and so is the cold start of a JavaScript engine in the small counts. Those that ' +
      'lose messages have short queues. ActiveMQ is reached over STOMP. Kafka, NSQ and Kestrel are not measured: Debian ' +
      'has no package of them.'
  },
  'fan-out': {
    title: 'Fan-out',
    about: 'One PUB, many SUBs, at most 250 in a process: deliveries per second, all subscribers together.'
  },
  'fan-in': { title: 'Fan-in', about: '1000 REQs, one request of 64 B outstanding each, and one REP.' },
  stuck: {
    title: 'Beside a stuck peer',
    about:
      'One sender, a peer that keeps up and one that never reads: what the first receives, what it receives `alone`, and ' +
      'its share of that.'
  },
  connections: {
    title: 'Connections',
    about:
      '10 000 connections on one listener, from bare clients that only say hello: resident memory of the listening ' +
      'process for each, and how many arrive per second. `bare node:net` keeps the sockets and does nothing else.'
  },
  fairness: {
    title: 'Fairness',
    about:
      'Round trips of one request at a time while another peer floods the event loop: a REQ with 256 requests ' +
      'outstanding on the same REP, or a PUSH at full speed to a PULL in the same process, where a timer of 5 ms also ' +
      'says how late it was at worst, with the flood and without. `cpu` is that of the side that asks.'
  },
  flatness: { title: 'Flatness', about: 'Whether a message costs the same among 10 k and among 10 M.' },
  radix: {
    title: 'Topics',
    about:
      'The topic tree of SUB, and that of nanomsg compiled from its source: the fastest of 15 passes over 200 000 ' +
      'messages in random order. A miss is a topic with its last byte changed.'
  },
  startup: {
    title: 'Start',
    about:
      '`import` of hubless beside an empty file, and `nanocat --help` beside `node -e 0`, with the built package: the ' +
      'fastest of 20 starts in each round.'
  },
  micro: { title: 'Parts', about: 'What every message passes, one at a time (`tinybench`, medians).' },
  zeromq: {
    title: 'The wire of ZeroMQ',
    about:
      'One process sends, another receives, as under Throughput. `hubless zmtp` and `hubless CURVE` speak ZMTP, the latter ' +
      'encrypted; `hubless` speaks SP.'
  }
}
