import { asksForRecentSweeps, reasonToHold, type SweepSize, sufficientAddresses } from '../domain/guard.ts'
import type { Moment } from '../domain/reach.ts'
import type { Transaction } from '../store/database.ts'
import { countAddresses, readRecentSweeps } from '../store/yardsticks.ts'

const NO_SWEEPS = { latest: [], largestOfDays: [] }

/**
 * Why a sweep of this size is held, or null; read from the ledger and `billing` is only what can make a difference. The
 * dry run asks the same.
 */
export async function judgeSweep(tx: Transaction, size: SweepSize, { rules, now }: Moment): Promise<string | null> {
  const enough = sufficientAddresses(size, rules)
  const yardsticks = {
    recent: asksForRecentSweeps(size, rules) ? await readRecentSweeps(tx, now) : NO_SWEEPS,
    addresses: enough === null ? null : await countAddresses(tx, enough),
  }
  return reasonToHold(size, yardsticks, rules)
}
