/** Many sockets, spread over a few processes that play the same role. */
import type { Part } from './costs.ts'
import type { PeerProcess, Report } from './process.ts'

/** Processes that have `total` sockets together, `perProcess` each. */
export function crowd(
  total: number,
  perProcess: number,
  start: (many: number) => PeerProcess
): AsyncDisposable & { readonly processes: readonly PeerProcess[] } {
  const processes: PeerProcess[] = []
  for (let left = total; left > 0; left -= perProcess) processes.push(start(Math.min(left, perProcess)))
  return {
    processes,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(processes.map((one) => one[Symbol.asyncDispose]()))
    }
  }
}

/** From the first beginning to the last end, and what all spent in that time. */
export function sum(reports: readonly Report[]): Part & { readonly seconds: number } {
  const begin = Math.min(...reports.map((report) => report.begin).filter((time) => time > 0))
  const end = Math.max(...reports.map((report) => report.end))
  const total = (name: 'messages' | 'cpu'): number => reports.reduce((all, report) => all + report[name], 0)
  const allocated = reports.reduce((all, { allocated: bytes = Number.NaN }) => all + bytes, 0)
  return {
    messages: total('messages'),
    cpu: total('cpu'),
    seconds: end - begin,
    ...(Number.isNaN(allocated) ? {} : { allocated })
  }
}
