/** What WebSocket adds to a byte stream: its addresses are URLs with a path. */
import type { Socket } from 'node:net'
import type { StreamInfo } from '../stream/endpoints.ts'
import { describeSecure } from '../tls/stream.ts'

export function describeWs(scheme: string, stream: Socket): StreamInfo {
  const info = describeSecure(scheme, stream)
  return { ...info, local: rooted(info.local), remote: rooted(info.remote) }
}

function rooted(url: string): string {
  return url === '' ? url : `${url}/`
}
