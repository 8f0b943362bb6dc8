import { normaliseAddress } from '../domain/address.ts'
import type { PendingMail } from '../domain/confirm.ts'
import type { Category } from '../domain/model.ts'
import type { LedgerNotice } from '../domain/told.ts'
import type { Transaction } from './database.ts'
import { isInNoBatch } from './queue.ts'

/** A mail in the hands of a worker. */
export type ClaimedMail = PendingMail &
  Readonly<{
    /** The sweep that planned it. */
    sweepId: string
    /** Names the worker's attempt at the batch; null where nobody has the mail in hand. */
    claim: string | null
    /** Whether an SMTP connection was given it under this claim: else it certainly was not sent. */
    isHandedOver: boolean
    attempts: number
    uncertain: boolean
    messageId: string
  }>

type MailRow = Readonly<{
  id: string
  sweepId: string
  claim: string | null
  isHandedOver: boolean
  accountId: string
  contactId: string
  category: Category
  attempts: number
  uncertain: boolean
  deadline: number
  messageId: string
  to: string
}>

const MAIL_COLUMNS = `
  m.id::text AS id, m.sweep_id AS "sweepId", m.claimed_by AS claim, m.handed_over_at IS NOT NULL AS "isHandedOver",
  m.account_id AS "accountId", m.contact_id AS "contactId", m.category, m.attempts, m.uncertain,
  (extract(epoch FROM m.deadline) * 1000)::float8 AS deadline, m.message_id AS "messageId", m.to_address AS "to"`

/** A worker's attempt at a batch of the queue. */
export type BatchAttempt = Readonly<{ batchId: string; claim: string }>

/**
 * Takes those of the mails that are still waiting: whoever comes second finds them taken. None of them counts as sent
 * until it departs (`exchange` in mail-results.ts).
 */
export async function claimMails(
  db: Transaction,
  { batchId, claim }: BatchAttempt,
  mailIds: readonly string[],
  now: Date,
): Promise<readonly ClaimedMail[]> {
  const rows = await db.$queryRawUnsafe<MailRow[]>(
    `UPDATE reminders.mails m
        SET state = 'sending', batch_id = $1::uuid, claimed_by = $2, claimed_at = clock_timestamp()
      WHERE m.id = ANY($3::uuid[]) AND m.state = 'queued' AND m.next_attempt_at <= $4::timestamptz
      RETURNING ${MAIL_COLUMNS}`,
    batchId,
    claim,
    mailIds,
    now.toISOString(),
  )
  return withNotices(db, rows)
}

/**
 * Longer than a live worker keeps any mail: it gives back what has waited for a minute, and no SMTP dialogue outlasts the
 * transport's own time-outs.
 */
export const ABANDONED_AFTER = '15 minutes'

/**
 * The mails that a delivery at `now` would take up, in pages: those whose first or next try has come, and those that it
 * would take back from the dead and send; and those that a sweep keeps back which is to be let go first.
 */
export async function* dueMailPages(
  tx: Transaction,
  now: Date,
  scope: Readonly<{ accountId?: string | undefined; resendsUncertain: boolean; sweepToLetGo?: string | null }>,
): AsyncGenerator<readonly ClaimedMail[]> {
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const rows = await tx.$queryRawUnsafe<MailRow[]>(
      `SELECT ${MAIL_COLUMNS} FROM reminders.mails m
        WHERE ((m.state = 'held' AND m.sweep_id = $5)
               OR (m.state = 'queued' AND m.next_attempt_at <= $1::timestamptz)
               OR (m.state = 'sending' AND m.claimed_at < clock_timestamp() - interval '${ABANDONED_AFTER}'
                   AND (m.handed_over_at IS NULL OR ($4::bool AND NOT m.uncertain))))
          AND m.id > $2::uuid AND ($3::text IS NULL OR m.account_id = $3)
        ORDER BY m.id LIMIT 1000`,
      now.toISOString(),
      after,
      scope.accountId ?? null,
      scope.resendsUncertain,
      scope.sweepToLetGo ?? null,
    )
    const last = rows.at(-1)
    if (last === undefined) return
    yield await withNotices(tx, rows)
    after = last.id
  }
}

/** Mails in the hands of earlier attempts at a batch, which the queue has given up on. */
export async function mailsOfEarlierAttempts(
  tx: Transaction,
  { batchId, claim }: BatchAttempt,
): Promise<readonly ClaimedMail[]> {
  const rows = await tx.$queryRawUnsafe<MailRow[]>(
    `SELECT ${MAIL_COLUMNS} FROM reminders.mails m
      WHERE m.state = 'sending' AND m.batch_id = $1::uuid AND m.claimed_by <> $2
      ORDER BY m.id FOR UPDATE SKIP LOCKED`,
    batchId,
    claim,
  )
  return withNotices(tx, rows)
}

/** Mails that have been in somebody's hands for too long, and whose batch the queue has no more. */
export async function abandonedMails(tx: Transaction): Promise<readonly ClaimedMail[]> {
  const rows = await tx.$queryRawUnsafe<MailRow[]>(
    `SELECT ${MAIL_COLUMNS} FROM reminders.mails m
      WHERE m.state = 'sending' AND m.claimed_at < clock_timestamp() - interval '${ABANDONED_AFTER}'
        AND ${isInNoBatch('m.batch_id')}
      ORDER BY m.id FOR UPDATE SKIP LOCKED`,
  )
  return withNotices(tx, rows)
}

type NoticeRow = Omit<LedgerNotice, 'expiresAt' | 'dueAt' | 'address'> & Readonly<{ expiresAt: number; dueAt: number }>

async function withNotices(db: Transaction, rows: readonly MailRow[]): Promise<readonly ClaimedMail[]> {
  const notices = await db.$queryRawUnsafe<NoticeRow[]>(
    `SELECT id::text AS id, mail_id::text AS "mailId", grant_id AS "grantId", contact_id AS "contactId",
            (extract(epoch FROM expires_at) * 1000)::float8 AS "expiresAt",
            (extract(epoch FROM due_at) * 1000)::float8 AS "dueAt", stage, state
       FROM reminders.notices WHERE mail_id = ANY($1::uuid[]) AND state = 'planned' ORDER BY id`,
    rows.map(({ id }) => id),
  )
  const byMail = Map.groupBy(notices, ({ mailId }) => mailId)
  return rows.map(({ to, deadline, ...row }) => {
    const address = normaliseAddress(to)
    const ofMail = byMail.get(row.id) ?? []
    return {
      ...row,
      deadline: new Date(deadline),
      notices: ofMail.map((notice) => ({
        ...notice,
        address,
        expiresAt: new Date(notice.expiresAt),
        dueAt: new Date(notice.dueAt),
      })),
    }
  })
}
