/** `nanocat cluster --nats`: members of other sites from the command line. */
import { describe, expect, it } from 'vitest'
import { ours } from '../cli/command.ts'
import { natsServer, site, startNats } from '../helpers/nats.ts'

describe.skipIf(natsServer.skip)('nanocat cluster --nats', () => {
  it('lists and calls members that are reached through the server', async () => {
    const server = await startNats()
    const service = site(server.url).member()
    await service.serve('resize', { request: ({ body }) => `small ${body}` })
    // Nobody of this host.
    const words = ['--fixed', 'tcp://127.0.0.1:1', '--timeout', '2s', '--nats', server.url]
    const list = await ours(['cluster', '--json', ...words])
    expect([list.code, list.stderr]).toEqual([0, ''])
    expect(JSON.parse(list.stdout.toString())).toMatchObject({ id: service.id, name: 'resize', urls: [server.url] })
    const { code, stdout } = await ours(['cluster', 'request', 'resize', '-D', 'image', ...words])
    expect([code, stdout.toString()]).toEqual([0, 'small image\n'])
  }, 20_000)
})
