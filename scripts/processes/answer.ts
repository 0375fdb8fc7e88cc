/** The other end of `Child`: answers calls with these functions until the process that asks is gone. */

type Answers = Readonly<Record<string, (...args: never[]) => unknown>>

export function answer(answers: Answers): void {
  process.on('message', async ({ id, name, args }: { id: number; name: string; args: never[] }) => {
    try {
      process.send?.({ id, value: await answers[name]?.(...args) })
    } catch (error) {
      process.send?.({ id, error: String(error) })
    }
  })
  process.once('disconnect', () => process.exit())
}
