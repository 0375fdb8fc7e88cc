/** Circles of a directed graph: who points at whom, by name. */
type Graph = ReadonlyMap<string, readonly string[]>

/** Groups of two or more that all reach each other, and those that point at themselves; both sorted. */
export function knots(graph: Graph): string[][] {
  const reach = new Map([...graph.keys()].map((name) => [name, reachable(graph, name)]))
  const left = new Set([...graph.keys()].sort())
  const found: string[][] = []
  for (const name of left) {
    if (reach.get(name)?.has(name) !== true) continue
    const knot = [...left].filter((other) => reach.get(name)?.has(other) && reach.get(other)?.has(name))
    for (const member of knot) left.delete(member)
    found.push(knot)
  }
  return found
}

/** A shortest circle through the first of a knot, which stands at both ends. */
export function wayRound(graph: Graph, [start = '']: readonly string[]): string[] {
  const ways: string[][] = [[start]]
  const seen = new Set<string>()
  for (const way of ways) {
    for (const next of graph.get(way.at(-1) ?? '') ?? []) {
      if (next === start) return [...way, start]
      if (!seen.has(next)) ways.push([...way, next])
      seen.add(next)
    }
  }
  return []
}

/** Everything that `from` leads to; itself only if a way leads back. */
function reachable(graph: Graph, from: string): Set<string> {
  const seen = new Set<string>()
  const waiting = [...(graph.get(from) ?? [])]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    waiting.push(...(graph.get(name) ?? []))
  }
  return seen
}
