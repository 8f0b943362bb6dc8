import type { Database } from '../store/database.ts'
import { databaseNow } from '../store/sweep-ledger.ts'

/** The present time, for whatever is decided by it. */
export type Clock = () => Date

/**
 * The database's clock, carried on by this process's monotonic one: a host whose own clock is a day off sends nothing
 * wrong, and no instant is asked for over the network. Never behind the database, at most a round trip ahead.
 */
export async function databaseClock(db: Database): Promise<Clock> {
  const askedMs = performance.now()
  const answer = await databaseNow(db)
  return () => new Date(answer.getTime() + Math.ceil(performance.now() - askedMs))
}
