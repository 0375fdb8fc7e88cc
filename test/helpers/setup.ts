/** Runs before every test file: a transition that a state table does not allow fails the test. */
import { onIllegalTransition } from '../../src/core/state-machine.ts'

onIllegalTransition((machine, state, event) => {
  throw new Error(`illegal transition: ${machine} in state ${state} does not accept ${event}`)
})
