import type { SweepSize } from '../domain/guard.ts'
import type { HalfPlanned } from '../store/account-files.ts'
import type { Transaction } from '../store/database.ts'
import { countSplitMails } from '../store/split-sweeps.ts'
import { findPlanningSweep } from '../store/sweep-parts.ts'
import { plansAlike, type Ways } from './split-sweep.ts'

/**
 * What a run would do first about a sweep that is half planned: finish it and let it go, or give it up where it was begun
 * by other rules; null where there is none.
 */
export async function seeHalfPlanned(tx: Transaction, ways: Ways): Promise<HalfPlanned | null> {
  const planning = await findPlanningSweep(tx)
  return planning && { sweepId: planning.id, isLetGo: plansAlike(ways, planning) }
}

/** Whose mails count for nothing: null where there is none. */
export function sweepAsNeverPlanned(halfPlanned: HalfPlanned | null): string | null {
  return halfPlanned === null || halfPlanned.isLetGo ? null : halfPlanned.sweepId
}

/** Whose mails go out with the run's own: null where there is none. */
export function sweepToLetGo(halfPlanned: HalfPlanned | null): string | null {
  return halfPlanned?.isLetGo ? halfPlanned.sweepId : null
}

/** What the guard goes by, with the part of a sweep that is planned already. */
export async function withLetGo(tx: Transaction, size: SweepSize, halfPlanned: HalfPlanned | null): Promise<SweepSize> {
  const sweepId = sweepToLetGo(halfPlanned)
  if (sweepId === null) return size
  const { emails, goneAddresses } = await countSplitMails(tx, sweepId)
  return { emails: size.emails + emails, goneAddresses: size.goneAddresses + goneAddresses }
}
