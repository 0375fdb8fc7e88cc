/** The output formats of `nanocat health`, each with its exit codes. */
import type { ProbeResult, Status } from '../../health/index.ts'
import { visible, visibleJson } from '../terminal.ts'
import type { HealthSettings } from './options.ts'

interface Report {
  print(results: readonly ProbeResult[]): string
  exitCode(results: readonly ProbeResult[]): number
}

const nagiosCodes: Readonly<Record<Status, number>> = { ok: 0, warning: 1, critical: 2, unknown: 3 }
/** The worst first. */
const severity: readonly Status[] = ['critical', 'unknown', 'warning', 'ok']

/** 0 healthy, 1 unhealthy, 3 could not check; one that is unhealthy outweighs one that could not be checked. */
function exitCode(results: readonly ProbeResult[]): number {
  if (results.some(({ status }) => status === 'critical')) return 1
  return results.some(({ status }) => status === 'unknown') ? 3 : 0
}

function worst(results: readonly ProbeResult[]): Status {
  return severity.find((status) => results.some((result) => result.status === status)) ?? 'unknown'
}

/** Monitoring wants one line, and no separators in it. */
function oneLine(text: string): string {
  return visible(text.replace(/[\r\n|]+/g, ' '))
}

function text(results: readonly ProbeResult[]): string {
  return results
    .map(({ url, healthy, status, verdict, message }) => {
      const word = status === 'unknown' ? 'not checked' : healthy ? 'healthy' : 'unhealthy'
      return `${oneLine(url)} ${word}: ${verdict}: ${oneLine(message)}\n`
    })
    .join('')
}

function json(results: readonly ProbeResult[]): string {
  return results.map((result) => `${visibleJson(JSON.stringify(result))}\n`).join('')
}

/** One line for all, performance data after the bar: a time for each stage of each URL. */
function nagios(results: readonly ProbeResult[]): string {
  const status = worst(results)
  const found = results.map(({ url, verdict, message }) => `${oneLine(url)} ${verdict}: ${oneLine(message)}`).join('; ')
  const data = results.flatMap((result, i) => {
    const prefix = results.length > 1 ? `${i + 1}_` : ''
    const times = result.stages.map(({ name, ms }) => `'${prefix}${name}'=${ms}ms;;;0;`)
    return [`'${prefix}time'=${result.ms}ms;;;0;`, ...times]
  })
  return `SP ${status.toUpperCase()} - ${found} | ${data.join(' ')}\n`
}

function prometheus(results: readonly ProbeResult[]): string {
  const label = (value: string): string => visible(value).replace(/["\\]/g, (c) => `\\${c}`)
  const of = ({ url, level }: ProbeResult): string => `url="${label(url)}",level="${level}"`
  const metric = (name: string, help: string, line: (result: ProbeResult) => string[]): string =>
    [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...results.flatMap(line)].join('\n')
  return `${[
    metric('hubless_probe_success', '1 when the endpoint is healthy.', (r) => [
      `hubless_probe_success{${of(r)},verdict="${r.verdict}"} ${r.healthy ? 1 : 0}`
    ]),
    metric('hubless_probe_duration_seconds', 'Time of the probe.', (r) => [
      `hubless_probe_duration_seconds{${of(r)}} ${r.ms / 1000}`
    ]),
    metric('hubless_probe_stage_duration_seconds', 'Time of each stage of the probe.', (r) =>
      r.stages.map(({ name, ms }) => `hubless_probe_stage_duration_seconds{${of(r)},stage="${name}"} ${ms / 1000}`)
    )
  ].join('\n')}\n`
}

export const reports: Readonly<Record<HealthSettings['format'], Report>> = {
  text: { print: text, exitCode },
  json: { print: json, exitCode },
  nagios: { print: nagios, exitCode: (results) => nagiosCodes[worst(results)] },
  prometheus: { print: prometheus, exitCode }
}
