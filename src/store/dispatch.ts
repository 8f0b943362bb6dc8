import type { PgBoss } from 'pg-boss'
import { v7 as uuidv7 } from 'uuid'
import type { Transaction } from './database.ts'
import { DELIVER_QUEUE, type DeliverJob, enqueue, isInNoBatch } from './queue.ts'

/** Mails a batch: enough to make the queue's cost small, few enough that work spreads over the workers. */
export const BATCH_MAILS = 100
const PAGE_MAILS = 5000

/** In nobody's hands: an attempt gave it back, or the queue has lost it. The ledger is the truth, and hands it out again. */
const IS_LEFT = `(batch_id IS NULL OR ${isInNoBatch('mails.batch_id')})`

/** Whose mails are handed over, and when. */
export type Dispatch = Readonly<{
  /** The business time. */
  now: Date
  /** The same for a run as of another time; null for the present. */
  asOf: Date | null
}>

type MailOfBatch = Readonly<{ id: string; batchId: string }>

/**
 * Hands to the queue the mails that a sweep has just written, in its own transaction: nothing is half planned. They were
 * written with their batches, because to tell each of them its own now would write it a second time.
 *
 * @returns how many were handed over
 */
export async function dispatchMailsOf(
  queue: PgBoss,
  tx: Transaction,
  sweep: Dispatch & Readonly<{ id: string }>,
): Promise<number> {
  let dispatched = 0
  let after = '00000000-0000-0000-0000-000000000000'
  let rest: readonly MailOfBatch[] = []
  for (;;) {
    const rows = await tx.$queryRawUnsafe<MailOfBatch[]>(
      `SELECT id::text AS id, batch_id::text AS "batchId" FROM reminders.mails
        WHERE sweep_id = $1 AND id > $2::uuid AND state = 'queued' ORDER BY id LIMIT ${PAGE_MAILS}`,
      sweep.id,
      after,
    )
    const found = [...rest, ...rows]
    const last = rows.at(-1)
    // The last batch of a page may go on in the next one.
    const complete = last === undefined ? found : found.filter(({ batchId }) => batchId !== last.batchId)
    await enqueueMails(queue, tx, complete, sweep)
    dispatched += complete.length
    if (last === undefined) return dispatched
    rest = found.filter(({ batchId }) => batchId === last.batchId)
    after = last.id
  }
}

/**
 * Hands to the queue every mail whose time has come and that it does not have: those whose retry is due, those of an
 * approved sweep, and those that it lost.
 *
 * @returns how many were handed over
 */
export async function dispatchDueMails(queue: PgBoss, tx: Transaction, { now, asOf }: Dispatch): Promise<number> {
  let dispatched = 0
  for (;;) {
    const rows = await tx.$queryRawUnsafe<{ id: string }[]>(
      `SELECT id::text AS id FROM reminders.mails
        WHERE state = 'queued' AND next_attempt_at <= $1::timestamptz AND ${IS_LEFT}
        ORDER BY next_attempt_at, id LIMIT ${PAGE_MAILS} FOR UPDATE SKIP LOCKED`,
      now.toISOString(),
    )
    if (rows.length === 0) return dispatched
    const mails = inBatches(rows)
    await tx.$executeRawUnsafe(
      `UPDATE reminders.mails m SET batch_id = b.batch_id
         FROM unnest($1::uuid[], $2::uuid[]) AS b(id, batch_id) WHERE m.id = b.id`,
      mails.map(({ id }) => id),
      mails.map(({ batchId }) => batchId),
    )
    await enqueueMails(queue, tx, mails, { now, asOf })
    dispatched += rows.length
  }
}

/** The mails, each with the batch that it is to go in. */
export function inBatches<T>(mails: readonly T[]): readonly (T & Readonly<{ batchId: string }>)[] {
  let batchId = ''
  return mails.map((mail, index) => {
    if (index % BATCH_MAILS === 0) batchId = uuidv7()
    return { ...mail, batchId }
  })
}

async function enqueueMails(
  queue: PgBoss,
  tx: Transaction,
  mails: readonly MailOfBatch[],
  { now, asOf }: Dispatch,
): Promise<void> {
  const times = { asOf: asOf?.toISOString() ?? null, dispatchedAt: now.toISOString() }
  const batches = [...Map.groupBy(mails, ({ batchId }) => batchId)].map(([id, ofBatch]) => {
    const data: DeliverJob = { mailIds: ofBatch.map((mail) => mail.id), ...times }
    return { id, data }
  })
  if (batches.length > 0) await enqueue(queue, tx, DELIVER_QUEUE, batches)
}

export type DueMails = Readonly<{
  /** Due and not dealt with, in whoever's hands they are. */
  unfinished: number
  /** Of these, in nobody's: the next dispatch takes them up. */
  left: number
}>

/** How many mails are due: at a time, or by the database's clock. */
export async function countDueMails(db: Transaction, asOf: Date | null): Promise<DueMails> {
  const rows = await db.$queryRawUnsafe<DueMails[]>(
    `SELECT count(*)::int AS unfinished, (count(*) FILTER (WHERE state = 'queued' AND ${IS_LEFT}))::int AS "left"
       FROM reminders.mails
      WHERE state = 'sending' OR (state = 'queued' AND next_attempt_at <= coalesce($1::timestamptz, clock_timestamp()))`,
    asOf?.toISOString() ?? null,
  )
  return rows[0] ?? { unfinished: 0, left: 0 }
}
