/**
 * `hubless/testing`: a bad network for tests of services, in the process that tests. See docs/testing.md.
 *
 * @module hubless/testing
 */

export { type Joined, join } from './join.ts'
export { type Faults, Link, type LinkState, type LinkTarget } from './link.ts'
