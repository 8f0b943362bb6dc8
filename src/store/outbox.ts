import type { PendingMail } from '../domain/confirm.ts'
import type { Category } from '../domain/model.ts'
import type { LedgerNotice } from '../domain/told.ts'
import type { Transaction } from './database.ts'

/** A mail in the hands of a worker. */
export type ClaimedMail = PendingMail &
  Readonly<{
    /** Names the worker's attempt at the batch; null where nobody has the mail in hand. */
    claim: string | null
    attempts: number
    uncertain: boolean
    deadline: Date
    messageId: string
  }>

/** A mail's new place in delivery, and what the server said. */
export type MailResult = Readonly<{
  id: string
  claim: string | null
  state: 'sent' | 'queued' | 'failed' | 'cancelled'
  reason: string | null
  uncertain: boolean
  /** Attempts in all; one that was not the mail's fault is not counted. */
  attempts: number
  /** Null where it stays. */
  nextAttemptAt: Date | null
  sentAt: Date | null
  /** The address as it was used; null where it was not. */
  to: string | null
  locale: string | null
  timeZone: string | null
  notices: readonly NoticeResult[]
  attempt: AttemptResult | null
}>

export type NoticeResult = Readonly<{
  id: string
  state: 'planned' | 'sent' | 'dropped' | 'failed'
  reason: string | null
  /** What the mail said was at stake; null where it said nothing. */
  amount: string | null
}>

export type AttemptResult = Readonly<{
  outcome: string
  stage: string
  replyCode: number | null
  enhancedCode: string | null
  reply: string
}>

type MailRow = Readonly<{
  id: string
  claim: string | null
  accountId: string
  contactId: string
  category: Category
  attempts: number
  uncertain: boolean
  deadline: number
  messageId: string
}>

const MAIL_COLUMNS = `
  m.id::text AS id, m.claimed_by AS claim, m.account_id AS "accountId", m.contact_id AS "contactId", m.category, m.attempts, m.uncertain,
  (extract(epoch FROM m.deadline) * 1000)::float8 AS deadline, m.message_id AS "messageId"`

/**
 * Takes those of the mails that are still waiting, and commits that before anything is sent: whoever comes second
 * finds them taken, and if this worker dies the ledger knows which mails may have gone out.
 *
 * @param claim names this worker's attempt at the batch
 */
export async function claimMails(
  db: Transaction,
  claim: string,
  mailIds: readonly string[],
  now: Date,
): Promise<readonly ClaimedMail[]> {
  const rows = await db.$queryRawUnsafe<MailRow[]>(
    `UPDATE reminders.mails m SET state = 'sending', claimed_by = $1, claimed_at = clock_timestamp()
      WHERE m.id = ANY($2::uuid[]) AND m.state = 'queued' AND m.next_attempt_at <= $3::timestamptz
      RETURNING ${MAIL_COLUMNS}`,
    claim,
    mailIds,
    now.toISOString(),
  )
  return withNotices(db, rows)
}

/**
 * The mails that a delivery at `now` would take up, in pages: those whose first or next try has come, and those that it
 * would take back from the dead and send again.
 */
export async function* dueMailPages(
  tx: Transaction,
  now: Date,
  scope: Readonly<{ accountId?: string | undefined; resendAfterMinutes: number | null }>,
): AsyncGenerator<readonly ClaimedMail[]> {
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const rows = await tx.$queryRawUnsafe<MailRow[]>(
      `SELECT ${MAIL_COLUMNS} FROM reminders.mails m
        WHERE ((m.state = 'queued' AND m.next_attempt_at <= $1::timestamptz)
               OR (m.state = 'sending' AND NOT m.uncertain
                   AND m.claimed_at < clock_timestamp() - make_interval(mins => $4::int)))
          AND m.id > $2::uuid AND ($3::text IS NULL OR m.account_id = $3)
        ORDER BY m.id LIMIT 1000`,
      now.toISOString(),
      after,
      scope.accountId ?? null,
      scope.resendAfterMinutes,
    )
    const last = rows.at(-1)
    if (last === undefined) return
    yield await withNotices(tx, rows)
    after = last.id
  }
}

/** Mails found in somebody's hands who is known or presumed to be gone. */
export async function abandonedMails(
  tx: Transaction,
  by: Readonly<{ batch: string; attemptsBefore: string } | { claimedMinutesAgo: number }>,
): Promise<readonly ClaimedMail[]> {
  const [condition, ...values] =
    'batch' in by
      ? [`starts_with(m.claimed_by, $1 || ':') AND m.claimed_by <> $2`, by.batch, by.attemptsBefore]
      : [`m.claimed_at < clock_timestamp() - make_interval(mins => $1::int)`, by.claimedMinutesAgo]
  const rows = await tx.$queryRawUnsafe<MailRow[]>(
    `SELECT ${MAIL_COLUMNS} FROM reminders.mails m
      WHERE m.state = 'sending' AND ${condition} ORDER BY m.id FOR UPDATE SKIP LOCKED`,
    ...values,
  )
  return withNotices(tx, rows)
}

async function withNotices(db: Transaction, rows: readonly MailRow[]): Promise<readonly ClaimedMail[]> {
  const notices = await db.$queryRawUnsafe<(Omit<LedgerNotice, 'expiresAt'> & { expiresAt: number })[]>(
    `SELECT id::text AS id, mail_id::text AS "mailId", grant_id AS "grantId", contact_id AS "contactId",
            (extract(epoch FROM expires_at) * 1000)::float8 AS "expiresAt", stage, state
       FROM reminders.notices WHERE mail_id = ANY($1::uuid[]) AND state = 'planned' ORDER BY id`,
    rows.map(({ id }) => id),
  )
  const byMail = Map.groupBy(notices, ({ mailId }) => mailId)
  return rows.map((row) => ({
    ...row,
    deadline: new Date(row.deadline),
    notices: (byMail.get(row.id) ?? []).map((notice) => ({ ...notice, expiresAt: new Date(notice.expiresAt) })),
  }))
}

/**
 * Writes back what came of a group of mails, in one statement. Only mails still in the claim they were sent under are
 * written: if another worker took this one for dead, its word stands.
 *
 * @returns how many were written
 */
export async function recordResults(db: Transaction, now: Date, results: readonly MailResult[]): Promise<number> {
  const mails = results.map(({ notices: _, attempt: __, ...mail }) => mail)
  const notices = results.flatMap(({ id: mailId, notices }) => notices.map((notice) => ({ ...notice, mailId })))
  const attempts = results.flatMap(({ id: mailId, attempts: number, attempt }) =>
    attempt === null ? [] : [{ ...attempt, mailId, number }],
  )
  const rows = await db.$queryRawUnsafe<{ written: number }[]>(
    `WITH written AS (
       UPDATE reminders.mails m
          SET state = r.state, reason = r.reason, uncertain = r.uncertain, attempts = r.attempts,
              next_attempt_at = coalesce(r."nextAttemptAt", m.next_attempt_at), sent_at = r."sentAt",
              to_address = coalesce(r."to", m.to_address), locale = coalesce(r.locale, m.locale),
              time_zone = coalesce(r."timeZone", m.time_zone),
              claimed_by = NULL, claimed_at = NULL, enqueued_at = NULL
         FROM jsonb_to_recordset($2::jsonb)
           AS r(id uuid, claim text, state text, reason text, uncertain bool, attempts int, "nextAttemptAt" timestamptz,
                "sentAt" timestamptz, "to" text, locale text, "timeZone" text)
        WHERE m.id = r.id AND m.state = 'sending' AND m.claimed_by = r.claim
        RETURNING m.id
     ), lines AS (
       UPDATE reminders.notices n
          SET state = r.state, reason = r.reason, amount = coalesce(r.amount, n.amount)
         FROM jsonb_to_recordset($3::jsonb) AS r(id bigint, "mailId" uuid, state text, reason text, amount numeric)
        WHERE n.id = r.id AND r."mailId" IN (SELECT id FROM written)
     ), tries AS (
       INSERT INTO reminders.attempts (mail_id, number, at, outcome, stage, reply_code, enhanced_code, reply)
       SELECT r."mailId", r.number, $1::timestamptz, r.outcome, r.stage, r."replyCode", r."enhancedCode", r.reply
         FROM jsonb_to_recordset($4::jsonb)
           AS r("mailId" uuid, number int, outcome text, stage text, "replyCode" int, "enhancedCode" text, reply text)
        WHERE r."mailId" IN (SELECT id FROM written)
     )
     SELECT count(*)::int AS written FROM written`,
    now.toISOString(),
    JSON.stringify(mails),
    JSON.stringify(notices),
    JSON.stringify(attempts),
  )
  return rows[0]?.written ?? 0
}
