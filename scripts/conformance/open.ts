/** Why a line of docs/conformance.md has no test. `GROUP-*` is for every line of a group that has none. */
export const open: Readonly<Record<string, string>> = {
  'WS-*': 'not built yet',
  'TLS-*': 'not built yet',
  'CLI-*': 'not built yet'
}
