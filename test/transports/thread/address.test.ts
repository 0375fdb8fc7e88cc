import { Pair } from 'hubless'
import { expect, it } from 'vitest'
import { track } from '../../helpers/sockets.ts'

it('a name has 1 to 255 characters of any kind', async () => {
  const pair = track(new Pair())
  for (const name of ['', 'x'.repeat(256)]) {
    await expect(pair.bind(`thread://${name}`)).rejects.toMatchObject({ code: 'EINVAL' })
    expect(() => pair.connect(`thread://${name}`)).toThrow(expect.objectContaining({ code: 'EINVAL' }))
  }
  for (const name of ['x'.repeat(255), 'Größe', 'a/b c:d']) {
    expect((await pair.bind(`thread://${name}`)).url).toBe(`thread://${name}`)
  }
})
