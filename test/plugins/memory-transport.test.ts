/** A transport from outside the package passes the suites of those inside. */
import { Pair, registerTransport } from 'hubless'
import { describe, expect, it } from 'vitest'
import { closingSuite } from '../compliance/closing.ts'
import { endpointsSuite } from '../compliance/endpoints.ts'
import { messagingSuite } from '../compliance/messaging.ts'
import { statisticsSuite } from '../compliance/statistics.ts'
import { transportSuite } from '../compliance/transport.ts'
import { track } from '../helpers/sockets.ts'
import { memory } from './memory-transport.ts'

registerTransport(memory)

let names = 0
const transport = { name: 'memory', url: (): string => `memory://plug-in-${++names}` }

messagingSuite(transport)
closingSuite(transport)
endpointsSuite(transport)
statisticsSuite(transport)
transportSuite(transport)

describe('a registered transport', () => {
  it('COM-08 is known by its scheme, and its errors are those of its own', async () => {
    const [one, two] = [track(new Pair()), track(new Pair())]
    expect(() => one.connect('memory://')).toThrow(/memory:\/\/ needs a name/)
    const url = transport.url()
    await one.bind(url)
    await expect(two.bind(url)).rejects.toMatchObject({ code: 'EADDRINUSE', endpoint: url })
  })
})
