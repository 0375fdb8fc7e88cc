/** Many sockets, spread over a few processes that play the same role. */
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

/** From the first beginning to the last end. */
export function sum(reports: readonly Report[]): { readonly messages: number; readonly seconds: number } {
  const begin = Math.min(...reports.map((report) => report.begin).filter((time) => time > 0))
  const end = Math.max(...reports.map((report) => report.end))
  return { messages: reports.reduce((total, { messages }) => total + messages, 0), seconds: end - begin }
}
