import type { Transaction } from './database.ts'
import type { SweepCounts } from './sweep-ledger.ts'

/** The last sweep before some time, as the ledger has it. */
export type LastSweep = Readonly<{
  id: string
  asOf: Date
  state: 'planned' | 'held' | 'approved' | 'discarded'
  emails: number
  skipped: SweepCounts['skipped']
  /** Of the rules that it went by (`rulesHash`). */
  rulesHash: string
}>

/** Null where there was none. One that is being planned, or was given up, has told nobody anything. */
export async function readLastSweep(tx: Transaction, asOf: Date): Promise<LastSweep | null> {
  const found = await tx.sweep.findFirst({
    where: { asOf: { lt: asOf }, state: { in: ['planned', 'held', 'approved', 'discarded'] } },
    orderBy: [{ asOf: 'desc' }, { startedAt: 'desc' }],
    select: { id: true, asOf: true, state: true, emails: true, skipped: true, rulesHash: true },
  })
  if (found === null) return null
  return { ...found, state: found.state as LastSweep['state'], skipped: found.skipped as SweepCounts['skipped'] }
}
