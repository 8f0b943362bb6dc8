import type { PgBoss } from 'pg-boss'
import type { Transaction } from './database.ts'
import { DELIVER_QUEUE, type DeliverJob, enqueue } from './queue.ts'

/** Mails a batch: enough to make the queue's cost small, few enough that work spreads over the workers. */
const BATCH_MAILS = 100
const PAGE_MAILS = 5000

/**
 * A mail that the queue has had for so long without a result was lost by it: the ledger is the truth, and hands it out
 * again. A batch handed out twice is harmless.
 */
const LOST_AFTER = '1 hour'

/**
 * Hands to the queue every mail whose time has come and that it does not have yet: the new ones of this sweep and those
 * whose retry is due. In the sweep's own transaction: nothing is half planned.
 *
 * @returns how many were handed over
 */
export async function dispatchDueMails(queue: PgBoss, tx: Transaction, now: Date, asOf: Date | null): Promise<number> {
  let dispatched = 0
  for (;;) {
    const rows = await tx.$queryRawUnsafe<{ id: string }[]>(
      `UPDATE reminders.mails SET enqueued_at = clock_timestamp()
        WHERE id IN (
          SELECT id FROM reminders.mails
           WHERE state = 'queued' AND next_attempt_at <= $1::timestamptz
             AND (enqueued_at IS NULL OR enqueued_at < clock_timestamp() - interval '${LOST_AFTER}')
           ORDER BY next_attempt_at, id LIMIT ${PAGE_MAILS} FOR UPDATE SKIP LOCKED)
        RETURNING id::text AS id`,
      now.toISOString(),
    )
    if (rows.length === 0) return dispatched
    dispatched += rows.length
    const ids = rows.map(({ id }) => id)
    const batches: DeliverJob[] = []
    for (let start = 0; start < ids.length; start += BATCH_MAILS) {
      batches.push({
        mailIds: ids.slice(start, start + BATCH_MAILS),
        asOf: asOf?.toISOString() ?? null,
        dispatchedAt: now.toISOString(),
      })
    }
    await enqueue(queue, tx, DELIVER_QUEUE, batches)
  }
}

export type DueMails = Readonly<{
  /** Due and not dealt with, in whoever's hands they are. */
  unfinished: number
  /** Of these, in nobody's: an attempt gave them back, and the next dispatch takes them up. */
  givenBack: number
}>

/** How many mails are due at `now`. */
export async function countDueMails(db: Transaction, now: Date): Promise<DueMails> {
  const rows = await db.$queryRawUnsafe<DueMails[]>(
    `SELECT count(*)::int AS unfinished,
            (count(*) FILTER (WHERE state = 'queued' AND enqueued_at IS NULL))::int AS "givenBack"
       FROM reminders.mails
      WHERE state = 'sending' OR (state = 'queued' AND next_attempt_at <= $1::timestamptz)`,
    now.toISOString(),
  )
  return rows[0] ?? { unfinished: 0, givenBack: 0 }
}
