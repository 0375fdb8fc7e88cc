/** Other users of the machine: the mode of a listener's file decides who of them connects. Needs root, to be somebody else. */
import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { dirname } from 'node:path'
import { Pull } from 'hubless'
import { expect, it } from 'vitest'
import { tempPath, track } from '../../helpers/sockets.ts'

const nobody = 65534
const isRoot = process.getuid?.() === 0

/** What somebody else gets who connects there: the code of the error, or `connected`. */
function connectAsNobody(path: string): string {
  const say = (what: string): string => `process.stdout.write(${what}), process.exit()`
  const script = `require('net').connect(${JSON.stringify(path)})
    .on('error', ({ code }) => { ${say('code')} }).on('connect', () => { ${say("'connected'")} })`
  const { stdout } = spawnSync(process.execPath, ['-e', script], { uid: nobody, gid: nobody, cwd: '/' })
  return String(stdout)
}

it.runIf(isRoot).each(['ipc', 'zmtp+ipc'])('IPC-09 %s lets in other users as far as the mode says', async (scheme) => {
  const [open, shut] = [tempPath(), tempPath()]
  chmodSync(dirname(open), 0o755)
  await track(new Pull()).bind(`${scheme}://${open}`, { ipc: { mode: 0o666 } })
  await track(new Pull()).bind(`${scheme}://${shut}`, { ipc: { mode: 0o600 } })
  expect([connectAsNobody(open), connectAsNobody(shut)]).toEqual(['connected', 'EACCES'])
})
