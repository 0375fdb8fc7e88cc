/** `nanocat device`: a forwarder between two raw sockets, or a reflector on one, until a signal ends it. */
import { device as forward } from '../../raw.ts'
import { UsageFailure } from '../failure.ts'
import { print } from '../help.ts'
import type { Io } from '../io.ts'
import { observe } from '../observe.ts'
import { operation } from '../operation.ts'
import { parse } from '../parsing/parse.ts'
import { endpointOptions, openEndpoints } from '../sockets.ts'
import { tell } from '../terminal.ts'
import { type DevicePattern, deviceCommand, deviceDefaults } from './options.ts'
import { type RawSocket, rawSockets } from './sockets.ts'

export async function device(program: string, words: readonly string[], io: Io): Promise<number> {
  const settings = deviceDefaults()
  const prints = parse(deviceCommand, [program, ...words], settings)
  if (prints !== undefined) {
    tell(io.stdout, print(prints, deviceCommand, program))
    return 0
  }
  const pattern = settings.pattern as DevicePattern
  const { signal } = io
  const reflects = settings.out.binds.length + settings.out.connects.length === 0
  if (reflects && pattern !== 'bus' && pattern !== 'pair') {
    throw new UsageFailure(
      `${program}: Only bus and pair reflect on one socket; ${pattern} requires --out or --out-connect`
    )
  }
  const front: RawSocket = rawSockets[pattern].in()
  const back: RawSocket | undefined = reflects ? undefined : rawSockets[pattern].out()
  try {
    if (settings.verbosity > 0) for (const socket of [front, back]) if (socket) observe(socket, io, settings.verbosity)
    const options = endpointOptions(settings)
    await openEndpoints(front, settings.in, program, options)
    if (back !== undefined) await openEndpoints(back, settings.out, program, options)
    await operation('recv', program, () => forward(front, back, { signal }))
  } catch (error) {
    if (signal?.aborted !== true) throw error
  } finally {
    await Promise.all([front.close(), back?.close()])
  }
  return 0
}
