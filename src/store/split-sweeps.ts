import { NEVER_EXPIRES } from '../domain/never.ts'
import type { Transaction } from './database.ts'
import { BATCH_MAILS } from './dispatch.ts'

/** What the mails of a sweep that is planned in parts come to: what no part can know by itself. */
export type SplitMails = Readonly<{
  emails: number
  warnings: number
  finalNotices: number
  addresses: number
  goneAddresses: number
}>

/** Counts the mails that a sweep keeps back until all its parts are planned. */
export async function countSplitMails(tx: Transaction, sweepId: string): Promise<SplitMails> {
  const rows = await tx.$queryRawUnsafe<SplitMails[]>(
    `SELECT count(*)::float8 AS emails,
            (count(*) FILTER (WHERE category = 'warning'))::float8 AS warnings,
            (count(*) FILTER (WHERE category = 'expired'))::float8 AS "finalNotices",
            count(DISTINCT address_hash)::float8 AS addresses,
            (count(DISTINCT address_hash) FILTER (WHERE category = 'expired'))::float8 AS "goneAddresses"
       FROM reminders.mails WHERE sweep_id = $1 AND state = 'held'`,
    sweepId,
  )
  return rows[0] ?? { emails: 0, warnings: 0, finalNotices: 0, addresses: 0, goneAddresses: 0 }
}

/**
 * Takes back the mails above the daily limit of an address that accounts of several parts share: in one piece, they
 * would not have been planned. The first ones, in the order of planning, stay.
 *
 * @returns how many grants are told to nobody by it, and how many notices went
 */
export async function cancelAboveAddressLimit(
  tx: Transaction,
  sweep: Readonly<{ id: string; asOf: Date; maxPerDay: number }>,
): Promise<Readonly<{ grants: number; notices: number }>> {
  const rows = await tx.$queryRawUnsafe<{ grants: number; notices: number }[]>(
    `WITH shared AS (
       SELECT address_hash FROM reminders.mails WHERE sweep_id = $1 AND state = 'held'
        GROUP BY address_hash HAVING count(*) > 1
     ), earlier AS (
       SELECT shared.address_hash, count(m.id) AS mails
         FROM shared LEFT JOIN reminders.mails m
           ON m.address_hash = shared.address_hash AND m.sweep_id <> $1
          AND (m.state IN ('held', 'queued', 'sending')
               OR (m.state = 'sent' AND m.sent_at > $2::timestamptz - interval '24 hours' AND m.sent_at <= $2::timestamptz))
        GROUP BY shared.address_hash
     ), counted AS (
       SELECT m.id, earlier.mails + row_number() OVER (PARTITION BY address_hash ORDER BY m.account_id, m.id) AS place
         FROM reminders.mails m JOIN earlier USING (address_hash)
        WHERE m.sweep_id = $1 AND m.state = 'held'
     ), cancelled AS (
       UPDATE reminders.mails m SET state = 'cancelled', reason = 'address-limit'
         FROM counted WHERE m.id = counted.id AND counted.place > $3::int
       RETURNING m.id
     ), dropped AS (
       UPDATE reminders.notices n SET state = 'dropped', reason = 'address-limit', settled_at = $2::timestamptz
         FROM cancelled WHERE n.mail_id = cancelled.id
       RETURNING n.grant_id, n.expires_at
     ), silenced AS (
       SELECT d.grant_id, nullif(max(d.expires_at), $4::timestamptz) AS expires_at FROM dropped d
        WHERE NOT EXISTS (SELECT 1 FROM reminders.notices n JOIN reminders.mails m ON m.id = n.mail_id
                           WHERE n.grant_id = d.grant_id AND m.sweep_id = $1 AND m.id NOT IN (SELECT id FROM cancelled))
        GROUP BY d.grant_id
     ), decided AS (
       INSERT INTO reminders.decisions (sweep_id, grant_id, as_of, expires_at, reason, detail)
       SELECT $1, s.grant_id, $2::timestamptz, s.expires_at, 'address-limit', NULL
         FROM silenced s
         LEFT JOIN LATERAL (
           SELECT reason, expires_at FROM reminders.decisions d WHERE d.grant_id = s.grant_id ORDER BY d.id DESC LIMIT 1
         ) last ON true
        WHERE ('address-limit', s.expires_at) IS DISTINCT FROM (last.reason, last.expires_at)
     )
     SELECT (SELECT count(*) FROM silenced)::int AS grants, (SELECT count(*) FROM dropped)::int AS notices`,
    sweep.id,
    sweep.asOf.toISOString(),
    sweep.maxPerDay,
    NEVER_EXPIRES.toISOString(),
  )
  return rows[0] ?? { grants: 0, notices: 0 }
}

/** Lets the mails of a sweep that was planned in parts wait for delivery, each with the batch that it is to go in. */
export async function releaseSplitMails(tx: Transaction, sweepId: string): Promise<void> {
  await tx.$executeRawUnsafe(
    `WITH numbered AS (
       SELECT id, (row_number() OVER (ORDER BY id) - 1) / ${BATCH_MAILS} AS batch
         FROM reminders.mails WHERE sweep_id = $1 AND state = 'held'
     ), batches AS MATERIALIZED (
       SELECT batch, gen_random_uuid() AS id FROM numbered GROUP BY batch
     )
     UPDATE reminders.mails m SET state = 'queued', batch_id = batches.id
       FROM numbered JOIN batches USING (batch) WHERE m.id = numbered.id`,
    sweepId,
  )
}

/**
 * Gives up a sweep that is being planned in parts: nothing of it was sent, and a later one plans it anew. Waits for parts
 * that are in somebody's hands.
 */
export async function abandonSplit(tx: Transaction, sweepId: string, now: Date): Promise<void> {
  await tx.$executeRawUnsafe(
    `UPDATE reminders.sweep_parts SET state = 'planned', counts = coalesce(counts, '{}') WHERE sweep_id = $1`,
    sweepId,
  )
  await tx.$executeRawUnsafe(
    `WITH cancelled AS (
       UPDATE reminders.mails SET state = 'cancelled', reason = 'sweep-abandoned' WHERE sweep_id = $1 AND state = 'held'
       RETURNING id)
     UPDATE reminders.notices n SET state = 'dropped', reason = 'sweep-abandoned', settled_at = $2::timestamptz
       FROM cancelled WHERE n.mail_id = cancelled.id`,
    sweepId,
    now.toISOString(),
  )
  await tx.sweep.update({ where: { id: sweepId }, data: { state: 'abandoned' } })
}
