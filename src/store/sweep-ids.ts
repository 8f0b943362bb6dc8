import type { Transaction } from './database.ts'

/** Follows the id of a sweep that was given up, in that of the one that plans it anew. */
const ANEW = '+'

/**
 * The id under which the ledger takes a sweep: the one asked for; one made from it where that one was given up half
 * planned; null where the ledger has it already.
 */
export async function freeSweepId(tx: Transaction, id: string): Promise<string | null> {
  const found = await tx.sweep.findMany({
    where: { OR: [{ id }, { id: { startsWith: `${id}${ANEW}` } }] },
    select: { state: true },
  })
  if (found.some(({ state }) => state !== 'abandoned')) return null
  return found.length === 0 ? id : `${id}${ANEW}${found.length}`
}

/** Whether a sweep is the one that was asked for by an id, or plans it anew. */
export function isSweepOf(sweepId: string, id: string): boolean {
  return sweepId === id || sweepId.startsWith(`${id}${ANEW}`)
}
