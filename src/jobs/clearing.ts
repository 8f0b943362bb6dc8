import { removedBefore } from '../domain/retention.ts'
import type { Rules } from '../domain/rules.ts'
import { subtractInZone } from '../domain/zone.ts'
import type { Logger } from '../logger.ts'
import { beginClearing, endClearing, type RemovedRows } from '../store/clearings.ts'
import type { Database } from '../store/database.ts'
import { forgetOldCopies } from '../store/mail-copies.ts'
import { removeOldMails } from '../store/old-mails.ts'
import { removeOldDecisions, removeOldReports, removeOldSweeps, removeUnusedRules } from '../store/old-rows.ts'

export type ClearingSetting = Readonly<{ db: Database; rules: Rules; log: Logger }>

/**
 * Removes what is to be kept no longer. It may be called at any time and by many at once, and be broken off: what is left,
 * the next one finds.
 *
 * @param now the business time
 */
export async function clear(
  { db, rules, log }: ClearingSetting,
  now: Date,
  signal?: AbortSignal,
): Promise<RemovedRows> {
  const copies = await forgetOldCopies(db, keptSince(rules.keepMails, now), signal)
  if (copies > 0) log.info({ copies }, 'copies of mails cleared: their time is over, their hashes stay')
  const before = removedBefore(rules, now)
  if (before !== null) await beginClearing(db, now, before)
  const rows = before === null ? NOTHING : await removeOld(db, before, signal)
  const { mails, decisions, sweeps } = rows
  if (mails + decisions + sweeps > 0) {
    log.info({ mails, decisions, sweeps, before }, 'old rows removed: counts of the mails stay')
  }
  const removed = { ...rows, copies }
  await endClearing(db, { now, removedBefore: before, isDone: signal?.aborted !== true, ...removed })
  return removed
}

const NOTHING = { mails: 0, decisions: 0, sweeps: 0 } as const

/** Mails before the sweeps that planned them, and these before the rules that they went by. */
async function removeOld(db: Database, before: Date, signal?: AbortSignal): Promise<Omit<RemovedRows, 'copies'>> {
  const mails = await removeOldMails(db, before, signal)
  const decisions = await removeOldDecisions(db, before, signal)
  await removeOldReports(db, before)
  const sweeps = await removeOldSweeps(db, before, signal)
  if (sweeps > 0) await removeUnusedRules(db)
  return { mails, decisions, sweeps }
}

/** Where mails are not kept, those that were kept before are cleared too. */
function keptSince(keepMails: Rules['keepMails'], now: Date): Date {
  return keepMails === null ? FAR_AHEAD : subtractInZone(now, keepMails.parts, 'UTC')
}

/** Later than any mail. */
const FAR_AHEAD = new Date('9999-01-01T00:00:00Z')
