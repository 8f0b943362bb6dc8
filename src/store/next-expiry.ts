import type { Database } from './database.ts'

/**
 * When the next grant with something left expires, after an instant and by what the ledger states itself; null where none
 * does.
 */
export async function nextExpiry(db: Database, after: Date): Promise<Date | null> {
  const [row] = await db.$queryRaw<{ expires_at: Date }[]>`
    SELECT expires_at FROM billing.credit_grants
     WHERE expires_at > ${after} AND expires_at < 'infinity' AND remaining > 0 AND voided_at IS NULL
     ORDER BY expires_at LIMIT 1`
  return row?.expires_at ?? null
}
