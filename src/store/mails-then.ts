import type { Transaction } from './database.ts'

/**
 * How many mails addresses, given by their hashes, had in the 24 hours before an instant, or were about to get then. An
 * address that had none is not in the map.
 */
export async function readMailsThen(
  tx: Transaction,
  hashes: readonly string[],
  at: Date,
): Promise<ReadonlyMap<string, number>> {
  const rows = await tx.$queryRawUnsafe<{ hash: string; mails: number }[]>(
    // A mail that was settled otherwise than by being sent was under way until its notices were.
    `SELECT m.address_hash AS hash, count(*)::int AS mails
       FROM reminders.mails m JOIN reminders.sweeps s ON s.id = m.sweep_id
      WHERE m.address_hash = ANY($1::text[]) AND s.as_of <= $2::timestamptz
        AND CASE WHEN m.sent_at <= $2::timestamptz THEN m.sent_at > $2::timestamptz - interval '24 hours'
                 ELSE m.state IN ('held', 'queued', 'sending', 'sent') OR EXISTS (
                   SELECT 1 FROM reminders.notices n WHERE n.mail_id = m.id AND n.settled_at > $2::timestamptz) END
      GROUP BY m.address_hash`,
    hashes,
    at.toISOString(),
  )
  return new Map(rows.map(({ hash, mails }) => [hash, mails]))
}
