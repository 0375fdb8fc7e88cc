import type { Case, Effort } from '../harness/case.ts'
export function soak(_effort: Effort): Case[] {
  return []
}
