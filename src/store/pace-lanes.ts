import type { Transaction } from './database.ts'

/** Some departures that one sender wants of a lane. */
export type DepartureOrder = Readonly<{
  lane: string
  mails: number
  /** The lane's rate, the same for the whole fleet. */
  perSecond: number
}>

/**
 * Reserves departures, evenly spaced and after all those that anybody reserved before: so that the fleet keeps to a rate,
 * however many its processes are. One that is not used is lost.
 *
 * @returns how long from now the first one is, in milliseconds; the others follow at the lane's rate
 */
export async function reserveDepartures(db: Transaction, { lane, mails, perSecond }: DepartureOrder): Promise<number> {
  const rows = await db.$queryRawUnsafe<{ firstInMs: number }[]>(
    // The clock is the database's, and read after any wait for the row.
    `INSERT INTO reminders.pace_lanes AS p (lane, next_free)
     VALUES ($1, clock_timestamp() + make_interval(secs => $2::float8))
     ON CONFLICT (lane) DO UPDATE
        SET next_free = greatest(p.next_free, clock_timestamp()) + make_interval(secs => $2::float8)
     RETURNING (extract(epoch FROM next_free - make_interval(secs => $2::float8) - clock_timestamp()) * 1000)::float8
               AS "firstInMs"`,
    lane,
    mails / perSecond,
  )
  return rows[0]?.firstInMs ?? 0
}
