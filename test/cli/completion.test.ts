/** Completion scripts, loaded by the shells that are here. */
import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { findTool } from '../interop/peers/tools.ts'
import { ours } from './command.ts'

async function script(shell: string): Promise<string> {
  const { code, stdout, stderr } = await ours(['--completion', shell])
  expect([code, stderr]).toEqual([0, ''])
  return stdout.toString()
}

describe('completion', () => {
  const bash = findTool('bash')
  it.skipIf(bash === undefined)('completes options, values and subcommands in bash', async () => {
    const complete = (words: string[]): string[] => {
      const line = words.map((word) => `'${word}'`).join(' ')
      const ask = `COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _nanocat; printf '%s\\n' "\${COMPREPLY[@]}"`
      return execFileSync(bash ?? '', ['-c', `${text}\n${ask}`], { encoding: 'utf8' })
        .trim()
        .split('\n')
    }
    const text = await script('bash')
    expect(complete(['nanocat', '--pu'])).toEqual(
      ['--push', '--pull', '--pub', '--push0', '--pull0', '--pub0'].sort((a, b) => order(text, a, b))
    )
    expect(complete(['nanocat', 'dev'])).toEqual(['device'])
    expect(complete(['nanocat', '--format', ''])).toContain('json')
    expect(complete(['nanocat', 'device', '--pattern', 'pu'])).toEqual(['pubsub'])
    expect(complete(['nanocat', 'health', '--le'])).toEqual(['--level'])
  })

  it.each(['zsh', 'fish'])('names every option for %s, and is loaded by it where it is installed', async (shell) => {
    const text = await script(shell)
    for (const name of ['push', 'recv-timeout', 'bench', 'pattern', 'level', 'out-connect'])
      expect(text).toContain(name)
    const path = findTool(shell)
    if (path !== undefined)
      execFileSync(path, shell === 'zsh' ? ['-n', '/dev/stdin'] : ['--no-execute'], { input: text })
  })

  it('CLI-07 knows no other shell', async () => {
    expect(await ours(['--completion', 'tcsh'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Invalid value ``tcsh''")
    })
  })
})

function order(text: string, a: string, b: string): number {
  return text.indexOf(`${a} `) - text.indexOf(`${b} `)
}
