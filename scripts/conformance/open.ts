/** Why a line of docs/conformance.md has no test. `GROUP-*` is for every line of a group that has none. */
export const open: Readonly<Record<string, string>> = {
  'IPC-11': 'Node does not tell the credentials of the process at the other end',
  'Z-63': 'ZeroMQ over WebSocket is not there yet',
  'Z-64': 'ZeroMQ over WebSocket is not there yet',
  'Z-65': 'ZeroMQ over WebSocket is not there yet',
  'Z-66': 'ZeroMQ over WebSocket is not there yet',
  'Z-67': 'ZeroMQ over WebSocket is not there yet',
  'I-41': 'belongs to hubless/nats',
  'I-42': 'belongs to hubless/nats',
  'I-43': 'belongs to hubless/nats',
  'I-44': 'belongs to hubless/nats',
  'I-45': 'belongs to hubless/nats',
  'I-46': 'belongs to hubless/nats'
}
