import { LATEST_DAYS, LATEST_SWEEPS, type PastSweep } from '../domain/sweep-history.ts'
import type { Transaction } from './database.ts'

/**
 * The ledger's sweeps before `now` that one at `now`, or a later one, may be compared with, in order: let go out, and
 * with something in them.
 */
export async function readPastSweeps(tx: Transaction, now: Date): Promise<readonly PastSweep[]> {
  const rows = await tx.$queryRawUnsafe<{ asOf: number; emails: number }[]>(
    `WITH went_out AS (
       SELECT id, as_of, emails FROM reminders.sweeps
        WHERE emails > 0 AND state IN ('planned', 'approved') AND as_of < $1::timestamptz)
     SELECT (extract(epoch FROM as_of) * 1000)::float8 AS "asOf", emails
       FROM (SELECT * FROM went_out WHERE as_of > $1::timestamptz - interval '${LATEST_DAYS * 24} hours'
             UNION (SELECT * FROM went_out ORDER BY as_of DESC, id DESC LIMIT ${LATEST_SWEEPS})) found
      ORDER BY as_of, id`,
    now.toISOString(),
  )
  return rows.map(({ asOf, emails }) => ({ asOf: new Date(asOf), emails }))
}
