/** One colour for each subject in all charts: warm for hubless, blue for libraries, violet and purple for brokers, grey for bare. */
const colors: Readonly<Record<string, string>> = {
  hubless: '#d9480f',
  'hubless try': '#f08c00',
  'hubless by name': '#e8590c',
  'hubless batch': '#fab005',
  nanomsg: '#1864ab',
  nng: '#4dabf7',
  libzmq: '#0b7285',
  'zeromq.js': '#3bc9db',
  'nanomsg for Node': '#91a7ff',
  NATS: '#5f3dc4',
  Redis: '#9c36b5',
  RabbitMQ: '#c2255c',
  ActiveMQ: '#862e9c',
  'bare node:net': '#868e96',
  'bare ws': '#868e96'
}

export function colorOf(label: string): string {
  return colors[label] ?? (label.startsWith('bare') ? colors['bare ws'] : undefined) ?? '#495057'
}
