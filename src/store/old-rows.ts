import { LATEST_SWEEPS } from '../domain/sweep-history.ts'
import type { Database } from './database.ts'
import { SWEEP_LOCK } from './sweep-ledger.ts'

const PAGE_DECISIONS = 5000
const PAGE_SWEEPS = 1000

/**
 * Removes the reasons of before an instant. They are in the order of time: only those that go are read, and a page more.
 *
 * @returns how many it removed
 */
export async function removeOldDecisions(db: Database, before: Date, signal?: AbortSignal): Promise<number> {
  let removed = 0
  let after = 0n
  while (signal?.aborted !== true) {
    const [page] = await db.$queryRawUnsafe<{ last: bigint | null; removed: number }[]>(
      `WITH page AS (
         SELECT id, as_of FROM reminders.decisions WHERE id > $1::bigint ORDER BY id LIMIT ${PAGE_DECISIONS}
       ), gone AS (
         DELETE FROM reminders.decisions d USING page WHERE d.id = page.id AND page.as_of < $2::timestamptz RETURNING d.id
       )
       SELECT (SELECT max(id) FROM page) AS last, (SELECT count(*)::int FROM gone) AS removed`,
      after,
      before.toISOString(),
    )
    if (page === undefined || page.last === null || page.removed === 0) break
    removed += page.removed
    after = page.last
  }
  return removed
}

/** Removes what came back before an instant about no mail of ours; what is about one goes with it. */
export async function removeOldReports(db: Database, before: Date): Promise<void> {
  await db.$executeRawUnsafe(
    'DELETE FROM reminders.reports WHERE mail_id IS NULL AND received_at < $1::timestamptz',
    before.toISOString(),
  )
}

/**
 * Removes the sweeps of before an instant that have no mail left. The latest stay whatever their age: the guard compares
 * with those that went out, the next sweep asks when the last one looked, and a ledger without any would count as new.
 *
 * @returns how many it removed
 */
export async function removeOldSweeps(db: Database, before: Date, signal?: AbortSignal): Promise<number> {
  let removed = 0
  while (signal?.aborted !== true) {
    const gone = await db.$executeRawUnsafe(
      `WITH kept AS (
         (SELECT id FROM reminders.sweeps WHERE emails > 0 AND state IN ('planned', 'approved')
           ORDER BY as_of DESC, id DESC LIMIT ${LATEST_SWEEPS})
         UNION (SELECT id FROM reminders.sweeps ORDER BY as_of DESC, id DESC LIMIT ${LATEST_SWEEPS})
       ), old AS (
         SELECT id FROM reminders.sweeps s
          WHERE as_of < $1::timestamptz AND state NOT IN ('planning', 'held') AND id NOT IN (SELECT id FROM kept)
            AND NOT EXISTS (SELECT 1 FROM reminders.mails m WHERE m.sweep_id = s.id)
          ORDER BY as_of LIMIT ${PAGE_SWEEPS} FOR UPDATE SKIP LOCKED
       ), parts AS (
         DELETE FROM reminders.sweep_parts WHERE sweep_id IN (SELECT id FROM old)
       )
       DELETE FROM reminders.sweeps WHERE id IN (SELECT id FROM old)`,
      before.toISOString(),
    )
    removed += gone
    if (gone < PAGE_SWEEPS) break
  }
  return removed
}

/**
 * Removes the rules that no sweep went by any more; where a sweep is being planned, which may go back to them, another
 * time.
 */
export async function removeUnusedRules(db: Database): Promise<void> {
  await db.$executeRawUnsafe(
    `WITH locked AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(${SWEEP_LOCK}) AS ours)
     DELETE FROM reminders.rule_sets r
      WHERE (SELECT ours FROM locked) AND NOT EXISTS (SELECT 1 FROM reminders.sweeps s WHERE s.rules_hash = r.hash)`,
  )
}
