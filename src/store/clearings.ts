import type { Transaction } from './database.ts'

/** How much was removed because its time was over. */
export type RemovedRows = Readonly<{ copies: number; mails: number; decisions: number; sweeps: number }>

/** What a day's clearing came to. */
export type DoneClearing = RemovedRows &
  Readonly<{
    /** The business day. */
    day: Date
    /** The database's clock. */
    finishedAt: Date
    /** What was older than this was removed; null where only copies of mails are cleared. */
    removedBefore: Date | null
  }>

/**
 * Writes down that what is older than an instant is going to be removed: before any of it is, so that nothing is missing
 * of which nobody knows why.
 */
export async function beginClearing(tx: Transaction, now: Date, removedBefore: Date): Promise<void> {
  await addToDay(tx, { now, removedBefore, isDone: false, copies: 0, mails: 0, decisions: 0, sweeps: 0 })
}

/** Writes down what a clearing did. */
export async function endClearing(
  tx: Transaction,
  clearing: RemovedRows & Readonly<{ now: Date; removedBefore: Date | null; isDone: boolean }>,
): Promise<void> {
  await addToDay(tx, clearing)
}

/** Several of one day are one row. */
async function addToDay(tx: Transaction, clearing: Parameters<typeof endClearing>[1]): Promise<void> {
  const { now, removedBefore, isDone, copies, mails, decisions, sweeps } = clearing
  await tx.$executeRawUnsafe(
    `INSERT INTO reminders.clearings AS c (day, finished_at, removed_before, copies, mails, decisions, sweeps)
     VALUES ($1::date, CASE WHEN $3::bool THEN clock_timestamp() END, $2::timestamptz, $4, $5, $6, $7)
     ON CONFLICT (day) DO UPDATE
        SET finished_at = coalesce(excluded.finished_at, c.finished_at),
            removed_before = greatest(c.removed_before, excluded.removed_before),
            copies = c.copies + excluded.copies, mails = c.mails + excluded.mails,
            decisions = c.decisions + excluded.decisions, sweeps = c.sweeps + excluded.sweeps`,
    now.toISOString().slice(0, 10),
    removedBefore?.toISOString() ?? null,
    ...[isDone, copies, mails, decisions, sweeps],
  )
}

/** The clearing that was done last; null where none was. */
export async function readLastClearing(tx: Transaction): Promise<DoneClearing | null> {
  const found = await tx.clearing.findFirst({ where: { finishedAt: { not: null } }, orderBy: { day: 'desc' } })
  const finishedAt = found?.finishedAt ?? null
  return found === null || finishedAt === null ? null : { ...found, finishedAt }
}

/** Before when mails may have been removed, whatever the rules say now; null where nothing ever was. */
export async function readRemovedBefore(tx: Transaction): Promise<Date | null> {
  const { _max } = await tx.clearing.aggregate({ _max: { removedBefore: true } })
  return _max.removedBefore
}
