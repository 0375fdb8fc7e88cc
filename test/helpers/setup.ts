/** Runs before every test file: a transition that a state table does not allow fails the test. */
import { onIllegalTransition } from '../../src/core/state-machine.ts'

onIllegalTransition((machine, state, event) => {
  throw new Error(`illegal transition: ${machine} in state ${state} does not accept ${event}`)
})

// A round of `npm run fuzz`: properties are tried with the values of another seed.
if (process.env.FUZZ_SEED !== undefined) {
  const { default: fc } = await import('fast-check')
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.FUZZ_SEED) })
}
