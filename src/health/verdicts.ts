/** What a probe can find, apart: each is a different thing to do for whoever is called at night. */
export const verdicts = {
  ok: 'It is as it should be.',
  slow: 'It is as it should be, but it took longer than warn or critical allow.',
  refused: 'Nobody listens at the address.',
  unreachable: 'The host does not exist or cannot be reached, or did not accept in time.',
  'no-socket-file': 'There is no file at the path of the address.',
  'stale-socket-file': 'There is a socket file, but the process that made it is gone.',
  'not-a-socket': 'The file at the path of the address is no socket.',
  denied: 'The operating system refused access to the address.',
  silent: 'It accepted the connection and said nothing until the deadline.',
  closed: 'It accepted the connection and closed it: a PAIR that has its peer, or a proxy without a backend.',
  'not-sp': 'What it said is no SP header: another kind of server listens there.',
  'wrong-protocol': 'It speaks SP, but not the protocol that was asked for.',
  tls: 'The TLS handshake failed.',
  'not-joined': 'It speaks SP, but did not take the probe as a peer in time.',
  'no-reply': 'It did not reply, or publish, before the deadline.',
  'unexpected-reply': 'What it replied or published is not what was expected.',
  'too-few': 'Fewer peers answered than were required.',
  unsafe: 'The probe would take messages meant for others; force it, or choose a lower level.',
  'not-supported': 'This level does not exist for this address or protocol.',
  'no-resources': 'The probe itself has no file descriptors or no memory left; the endpoint was not asked.'
} as const

/** What a probe found; `verdicts` says what each means. */
export type Verdict = keyof typeof verdicts

/** Found without learning whether the endpoint is healthy. */
const unchecked: readonly Verdict[] = ['unsafe', 'not-supported', 'no-resources']

/** Severity of a verdict. */
export type Status = 'ok' | 'warning' | 'critical' | 'unknown'

interface Judgement {
  readonly verdict: Verdict
  readonly status: Status
  readonly message: string
}

/** `done` is what is well unless there is a finding; after `ms`, which `warn` and `critical` limit. */
export function judge(
  finding: { readonly verdict: Verdict; readonly message: string } | undefined,
  done: string,
  ms: number,
  {
    warn = Infinity,
    critical = Infinity
  }: { readonly warn?: number | undefined; readonly critical?: number | undefined }
): Judgement {
  if (finding !== undefined) {
    const { verdict, message } = finding
    return { verdict, status: unchecked.includes(verdict) ? 'unknown' : 'critical', message }
  }
  if (ms <= warn && ms <= critical) return { verdict: 'ok', status: 'ok', message: `${done}, in ${ms} ms` }
  const [status, limit] = ms > critical ? (['critical', critical] as const) : (['warning', warn] as const)
  return { verdict: 'slow', status, message: `${done}, in ${ms} ms, more than ${limit} ms` }
}
