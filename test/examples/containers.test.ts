/** The containers of examples/cluster: what compose starts is there, and is called as the programs want it. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { clusterCommand, clusterDefaults } from '../../src/cli/cluster/options.ts'
import { hubCommand, hubDefaults } from '../../src/cli/hub/options.ts'
import type { Command } from '../../src/cli/parsing/option.ts'
import { parse as parseWords } from '../../src/cli/parsing/parse.ts'

const folder = 'examples/cluster'

interface Service {
  readonly build?: string | { readonly context: string; readonly dockerfile?: string }
  readonly command?: string | readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly secrets?: readonly string[]
  readonly ports?: readonly string[]
}

const compose = parse(readFileSync(join(folder, 'compose.yaml'), 'utf8'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>
  readonly secrets: Readonly<Record<string, { readonly file: string }>>
}
const words = ({ command = [] }: Service): string[] =>
  typeof command === 'string' ? command.trim().split(/\s+/) : [...command]

describe('compose.yaml', () => {
  it('starts hubs, members, a client and a map, each from a Dockerfile that is there', () => {
    expect(Object.keys(compose.services)).toEqual(['hub-1', 'hub-2', 'resize', 'time', 'client', 'map'])
    for (const { build } of Object.values(compose.services)) {
      const file = typeof build === 'object' ? (build.dockerfile ?? 'Dockerfile') : 'Dockerfile'
      expect(existsSync(join(folder, file)), file).toBe(true)
    }
  })

  it('gives every one of them the key as a secret, and publishes the map on loopback alone', () => {
    for (const service of Object.values(compose.services)) expect(service.secrets).toEqual(['key'])
    expect(compose.secrets).toEqual({ key: { file: './key' } })
    const published = Object.values(compose.services).flatMap(({ ports = [] }) => ports)
    expect(published).toEqual(['127.0.0.1:8080:8080'])
  })

  it('names hubs that it starts', () => {
    for (const { environment } of Object.values(compose.services)) {
      for (const url of environment?.HUBS?.split(',') ?? []) {
        expect(Object.keys(compose.services)).toContain(new URL(url.replace('tcp:', 'http:')).hostname)
      }
    }
  })

  it.each(['hub-1', 'hub-2', 'map'])('calls nanocat with options that it has: %s', (name) => {
    const [command, ...rest] = words(compose.services[name] as Service)
    const read = <S>(table: Command<S>, settings: S): S => {
      expect(parseWords(table, ['nanocat', ...rest], settings)).toBeUndefined()
      return settings
    }
    if (command === 'hub') expect(read(hubCommand, hubDefaults())).toMatchObject({ binds: ['tcp://*:7600'] })
    else expect(read(clusterCommand, clusterDefaults())).toMatchObject({ web: 8080, webHost: '0.0.0.0' })
  })
})

describe.each(['Dockerfile', 'Dockerfile.nanocat'])('%s', (name) => {
  const instructions = readFileSync(join(folder, name), 'utf8')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))

  it('consists of instructions, in the form of lists where programs are started, and runs as an ordinary user', () => {
    const known = /^(FROM|WORKDIR|RUN|COPY|ENV|USER|HEALTHCHECK|ENTRYPOINT|CMD) /
    for (const line of instructions) expect(line).toMatch(known)
    expect(instructions[0]).toMatch(/^FROM node:\d+-slim$/)
    expect(instructions).toContain('USER node')
    for (const line of instructions.filter((one) => /^(ENTRYPOINT|CMD) /.test(one))) {
      expect(JSON.parse(line.replace(/^\w+ /, ''))).toBeInstanceOf(Array)
    }
  })

  it('copies files that are there', () => {
    for (const line of instructions.filter((one) => one.startsWith('COPY '))) {
      for (const file of line.split(' ').slice(1, -1)) expect(existsSync(join(folder, file)), file).toBe(true)
    }
  })
})
