/** Why a cluster drops what it drops. The names are for ever: add, never rename, never reuse. */

/** Why something was dropped. */
export const clusterDropReasons = {
  expired: 'A request waited longer than its caller does.',
  busy: 'A service had no room for it; the caller was told.',
  'slow-subscriber': 'The buffer of a subscriber was full.',
  'slow-member': 'The buffer of a member was full.',
  'no-service': 'It was for a service that is not here.',
  malformed: 'A member sent something that does not follow the wire format.',
  announcement: 'An announcement was malformed, foreign, stale, forged or one too many.',
  'handler-error': 'A handler threw where nobody waits for an answer.',
  codec: 'The codec could not decode it.',
  late: 'It answered something that is over.',
  offline: 'The engine behind the members in reach had no connection.'
} as const
/** Why something was dropped; docs/cluster.md says what each means. */
export type ClusterDropReason = keyof typeof clusterDropReasons
