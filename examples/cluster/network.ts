/**
 * Joins the network that the environment describes. Without any of it: the processes of this host.
 *
 *   HUBS          tcp://hub:7600,…   where members meet
 *   NETWORK       its name
 *   KEY_FILE      a file with its key
 *   ZONE          where this process runs
 */
import { readFileSync } from 'node:fs'
import { Cluster, hub, local } from 'hubless/cluster'

export function join(): Cluster {
  const { HUBS, NETWORK, KEY_FILE, ZONE } = process.env
  return new Cluster({
    members: HUBS === undefined ? local() : hub(HUBS.split(',')),
    network: NETWORK,
    key: KEY_FILE === undefined ? undefined : readFileSync(KEY_FILE, 'utf8').trim(),
    zone: ZONE
  })
}
