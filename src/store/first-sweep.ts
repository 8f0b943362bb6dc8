import { OLDER_EXPIRIES_COUNTED_TO } from '../domain/first-sweep.ts'
import type { Moment } from '../domain/reach.ts'
import type { Transaction } from './database.ts'
import { olderThanReachSearch } from './windows.ts'

/** True where no sweep was ever written, but for such as were given up half planned. */
export async function isLedgerNew(tx: Transaction): Promise<boolean> {
  return (await tx.sweep.findFirst({ where: { state: { not: 'abandoned' } }, select: { id: true } })) === null
}

/**
 * How many grants expired before the reach of a sweep, up to a limit at which counting ends. Of grants without an expiry of
 * their own, those that expired in the last days before the reach are not counted: for them the calendar would be needed.
 */
export async function countOlderExpiries(tx: Transaction, moment: Moment): Promise<number> {
  const { sql, values } = olderThanReachSearch(moment)
  const rows = await tx.$queryRawUnsafe<{ older: number }[]>(
    `SELECT count(*)::int AS older FROM (${sql} LIMIT ${OLDER_EXPIRIES_COUNTED_TO}) AS found`,
    ...values,
  )
  return rows[0]?.older ?? 0
}
