/** The health of a process that serves in a cluster. */
import { health } from 'hubless/health'
import { describe, expect, it } from 'vitest'
import { member } from '../helpers/clusters.ts'

describe('the health of a process in a cluster', () => {
  it('I-47 is ready while it serves, and not before, nor while it drains', async () => {
    const cluster = member()
    await using monitor = health().watch(cluster)
    monitor.serving()
    const ready = async (): Promise<unknown> => {
      const { ok, checks } = await monitor.report('ready')
      return ok ? 'ready' : checks[0]?.error
    }
    expect(await ready()).toBe('the cluster default serves 0 of 1 names')
    let finish = (): void => {}
    const service = await cluster.serve('work', {
      request: () =>
        new Promise<string>((resolve) => {
          finish = () => resolve('done')
        })
    })
    expect(await ready()).toBe('ready')
    const request = cluster.request('work', '')
    while (service.stats().running === 0) await new Promise(setImmediate)
    const closed = service.close()
    while (service.state === 'open') await new Promise(setImmediate)
    expect(await ready()).toBe('the service work is draining')
    expect((await monitor.report('live')).ok).toBe(true)
    finish()
    await Promise.all([request, closed])
    await cluster.close()
    expect(await ready()).toBe('the cluster default is closed')
  })

  it('I-47 shows what its services did and what was called, in Prometheus text', async () => {
    const [service, caller] = [member(), member()]
    await using monitor = health({ name: 'orders' }).watch(service).watch(caller, { services: 0 })
    await service.serve('work', {
      request: ({ body }) => {
        if (body.length > 0) throw new Error('no')
        return 'done'
      }
    })
    for (let i = 0; i < 3; i++) await caller.request('work', '')
    await caller.request('work', 'x').catch(() => {})
    const lines = monitor.metrics().split('\n')
    for (const line of [
      '# TYPE hubless_cluster_calls_total counter',
      'hubless_cluster_calls_total{network="default",verb="request"} 4',
      'hubless_cluster_answered_total{network="default"} 3',
      'hubless_cluster_failed_total{network="default",code="EREMOTE"} 1',
      'hubless_cluster_members{network="default"} 2',
      'hubless_cluster_service_handled_total{network="default",name="work"} 3',
      'hubless_cluster_service_failed_total{network="default",name="work"} 1',
      'hubless_cluster_service_running{network="default",name="work"} 0'
    ]) {
      expect(lines).toContain(line)
    }
    expect(new Set(lines).size).toBe(lines.length)
    await caller.close()
    await service.close()
    expect(monitor.metrics()).not.toContain('hubless_cluster')
  })

  it('refuses options that it does not have', () => {
    expect(() => health().watch(member(), { bound: 1 } as never)).toThrow(/has no option "bound"/)
  })
})
