export async function health(..._: unknown[]): Promise<number> {
  return 3
}
