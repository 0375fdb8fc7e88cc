/** Snapshots of clusters that are not there, for the page that shows them. */
import type { Happening, MemberSnapshot, Snapshot } from '../../src/cli/cluster/snapshot.ts'

const hexId = (n: number): string => ((n + 1) * 2_654_435_761).toString(16).padStart(12, '0').repeat(3).slice(0, 32)

export function snapshotMember(n: number, about: Partial<MemberSnapshot> = {}): MemberSnapshot {
  const rate = Math.round(400 + 380 * Math.sin(n * 1.7))
  return {
    id: hexId(n),
    name: 'resize',
    zone: ['eu-1', 'eu-2', 'us-1'][n % 3] ?? '',
    urls: [`tls+tcp://10.0.${n % 250}.7:40${100 + n}`],
    metadata: { version: '2.4.1' },
    since: '2026-11-29T00:00:00.000Z',
    outstanding: n % 7,
    handled: rate * 100,
    rate,
    latency: 1 + (n % 13) * 0.7,
    failed: 0,
    dropped: 0,
    answers: true,
    ...about
  }
}

export function snapshotOf(members: readonly MemberSnapshot[], happenings: readonly Happening[] = []): Snapshot {
  return { time: new Date().toISOString(), network: 'shop', members, happenings }
}

export const three: readonly MemberSnapshot[] = [
  snapshotMember(0),
  snapshotMember(1),
  snapshotMember(2, { name: 'time', rate: 3.4, zone: '', latency: 0.08 })
]

/** Four names, some members in trouble. */
export const hundred: readonly MemberSnapshot[] = Array.from({ length: 100 }, (_, n) =>
  snapshotMember(n, {
    name: n < 60 ? 'resize' : n < 90 ? 'thumbnails.webp' : n < 97 ? 'orders' : 'time',
    ...(n % 23 === 5 && { answers: false, rate: null, latency: null, outstanding: null }),
    ...(n % 31 === 7 && { dropped: 17 })
  })
)

export const happenings: readonly Happening[] = Array.from({ length: 12 }, (_, n) => ({
  time: new Date(Date.UTC(2026, 10, 29, 12, 0, n)).toISOString(),
  what: n % 3 === 2 ? 'went' : 'came',
  id: hexId(n),
  name: n % 2 === 0 ? 'resize' : 'orders',
  zone: 'eu-1',
  reason: n % 3 === 2 ? (n % 2 === 0 ? 'lost' : 'left') : ''
}))
