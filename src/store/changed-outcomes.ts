import type { SkipReason } from '../domain/reasons.ts'
import type { Transaction } from './database.ts'

/** What came of a grant in a sweep: a mail speaks of it, or the reason why none does. */
export type Outcome = SkipReason | 'mailed'

/** A grant of which another thing comes than came in an earlier sweep; null: that one did not look at it. */
export type ChangedOutcome = Readonly<{ grantId: string; before: Outcome | null }>

/** Grants that are asked about at a time. */
const PAGE_GRANTS = 10_000

/**
 * Of grants, those that came to something else in an earlier sweep, as the ledger has it: a mail of that sweep, or else the
 * reason that was last kept by then.
 */
export async function readChangedOutcomes(
  tx: Transaction,
  sweep: Readonly<{ id: string; asOf: Date }>,
  grants: readonly Readonly<{ grantId: string; outcome: Outcome }>[],
): Promise<readonly ChangedOutcome[]> {
  const changed: ChangedOutcome[] = []
  for (let start = 0; start < grants.length; start += PAGE_GRANTS) {
    const page = grants.slice(start, start + PAGE_GRANTS)
    const rows = await tx.$queryRawUnsafe<ChangedOutcome[]>(
      `SELECT * FROM (
         SELECT now.grant_id AS "grantId", now.outcome, CASE WHEN EXISTS (
                  SELECT FROM reminders.notices n JOIN reminders.mails m ON m.id = n.mail_id
                   WHERE n.grant_id = now.grant_id AND m.sweep_id = $1) THEN 'mailed'
                ELSE (SELECT d.reason FROM reminders.decisions d
                       WHERE d.grant_id = now.grant_id AND d.as_of <= $2::timestamptz ORDER BY d.id DESC LIMIT 1)
                END AS before
           FROM unnest($3::text[], $4::text[]) AS now(grant_id, outcome)) compared
        WHERE before IS DISTINCT FROM outcome`,
      sweep.id,
      sweep.asOf.toISOString(),
      page.map(({ grantId }) => grantId),
      page.map(({ outcome }) => outcome),
    )
    for (const { grantId, before } of rows) changed.push({ grantId, before })
  }
  return changed
}
