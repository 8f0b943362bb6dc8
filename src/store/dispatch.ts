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
 * Hands to the queue the mails that a sweep has just written, in its own transaction: nothing is half planned. They were
 * written as enqueued already, because to mark them now would write each of them a second time.
 *
 * @param asOf the business time of a run as of another time; null for the present
 * @returns how many were handed over
 */
export async function dispatchMailsOf(
  queue: PgBoss,
  tx: Transaction,
  sweep: Readonly<{ id: string; now: Date; asOf: Date | null }>,
): Promise<number> {
  let dispatched = 0
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const rows = await tx.$queryRawUnsafe<{ id: string }[]>(
      `SELECT id::text AS id FROM reminders.mails
        WHERE sweep_id = $1 AND id > $2::uuid AND state = 'queued' ORDER BY id LIMIT ${PAGE_MAILS}`,
      sweep.id,
      after,
    )
    const last = rows.at(-1)
    if (last === undefined) return dispatched
    dispatched += rows.length
    after = last.id
    await enqueueMails(queue, tx, rows, sweep)
  }
}

/**
 * Hands to the queue every mail whose time has come and that it does not have: those whose retry is due, those of an
 * approved sweep, and those that it lost.
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
    await enqueueMails(queue, tx, rows, { now, asOf })
  }
}

async function enqueueMails(
  queue: PgBoss,
  tx: Transaction,
  mails: readonly Readonly<{ id: string }>[],
  { now, asOf }: Readonly<{ now: Date; asOf: Date | null }>,
): Promise<void> {
  const times = {
    asOf: asOf?.toISOString() ?? null,
    dispatchedAt: now.toISOString(),
  }
  const batches: DeliverJob[] = []
  for (let start = 0; start < mails.length; start += BATCH_MAILS) {
    batches.push({
      mailIds: mails.slice(start, start + BATCH_MAILS).map(({ id }) => id),
      ...times,
    })
  }
  await enqueue(queue, tx, DELIVER_QUEUE, batches)
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
