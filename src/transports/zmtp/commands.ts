/** Commands after the handshake: PING is answered, subscriptions are noted, what nobody knows is passed over. */
import { type Command, decodeCommand, encodeCommand } from './frames.ts'
import type { Heartbeat } from './heartbeat.ts'

/** Longer contexts are cut, as libzmq does. */
const longestContext = 16

export interface CommandHandlers {
  readonly heartbeat: Heartbeat
  /** Whether nothing is read now. */
  readonly deaf: () => boolean
  /** Answers, unless the peer does not read what it is sent. */
  readonly answer: (command: Uint8Array) => void
  /** PUB: returns what is wrong with a subscription. */
  readonly subscribe?: ((topic: Uint8Array, wanted: boolean) => string | undefined) | undefined
}

/** Answers are left out while more than this waits to be written, bytes. */
const answerLimit = 65536

/** Answers through `writer`. */
export function answerBy(writer: {
  readonly pendingBytes: number
  command(bytes: Uint8Array): unknown
}): CommandHandlers['answer'] {
  return (command) => {
    if (writer.pendingBytes < answerLimit) writer.command(command)
  }
}

/** Obeys a command; returns what is wrong with it. */
export function obey(bytes: Buffer, handlers: CommandHandlers): string | undefined {
  const command = decodeCommand(bytes)
  if (command === undefined) return 'a command without a name'
  switch (command.name) {
    case 'PING':
      return ping(command, handlers)
    case 'SUBSCRIBE':
      return handlers.subscribe?.(command.data, true)
    case 'CANCEL':
      return handlers.subscribe?.(command.data, false)
    case 'ERROR':
      return 'the peer reports an error'
    default:
      return undefined
  }
}

function ping({ data }: Command, { heartbeat, deaf, answer }: CommandHandlers): string | undefined {
  if (data.length < 2) return 'a PING without its time to live'
  heartbeat.expect(data.readUInt16BE(0), deaf)
  answer(encodeCommand('PONG', data.subarray(2, 2 + longestContext)))
  return undefined
}

export function encodePing(tenths: number): Buffer {
  return encodeCommand('PING', Buffer.from([tenths >> 8, tenths & 0xff]))
}
