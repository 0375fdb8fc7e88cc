/** Why a line of docs/conformance.md has no test. `GROUP-*` is for every line of a group that has none. */
export const open: Readonly<Record<string, string>> = {
  'IPC-11': 'Node does not tell the credentials of the process at the other end'
}
