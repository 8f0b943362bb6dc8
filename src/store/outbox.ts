import { normaliseAddress } from '../domain/address.ts'
import type { PendingMail } from '../domain/confirm.ts'
import type { Category } from '../domain/model.ts'
import type { LedgerNotice } from '../domain/told.ts'
import { addressHash } from './address-hash.ts'
import type { Transaction } from './database.ts'
import { isInNoBatch } from './queue.ts'

/** A mail in the hands of a worker. */
export type ClaimedMail = PendingMail &
  Readonly<{
    /** Names the worker's attempt at the batch; null where nobody has the mail in hand. */
    claim: string | null
    /** Whether an SMTP connection was given it under this claim: else it certainly was not sent. */
    isHandedOver: boolean
    attempts: number
    uncertain: boolean
    deadline: Date
    messageId: string
  }>

/** A mail's new place in delivery, and what the server said. */
export type MailResult = Readonly<{
  id: string
  claim: string | null
  /** The business time of it. */
  at: Date
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
  m.id::text AS id, m.claimed_by AS claim, m.handed_over_at IS NOT NULL AS "isHandedOver", m.account_id AS "accountId",
  m.contact_id AS "contactId", m.category, m.attempts, m.uncertain,
  (extract(epoch FROM m.deadline) * 1000)::float8 AS deadline, m.message_id AS "messageId", m.to_address AS "to"`

/** A worker's attempt at a batch of the queue. */
export type BatchAttempt = Readonly<{ batchId: string; claim: string }>

/**
 * Takes those of the mails that are still waiting: whoever comes second finds them taken. None of them counts as sent
 * until it departs (see `exchange`).
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
const ABANDONED_AFTER = '15 minutes'

/**
 * The mails that a delivery at `now` would take up, in pages: those whose first or next try has come, and those that it
 * would take back from the dead and send.
 */
export async function* dueMailPages(
  tx: Transaction,
  now: Date,
  scope: Readonly<{ accountId?: string | undefined; resendsUncertain: boolean }>,
): AsyncGenerator<readonly ClaimedMail[]> {
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const rows = await tx.$queryRawUnsafe<MailRow[]>(
      `SELECT ${MAIL_COLUMNS} FROM reminders.mails m
        WHERE ((m.state = 'queued' AND m.next_attempt_at <= $1::timestamptz)
               OR (m.state = 'sending' AND m.claimed_at < clock_timestamp() - interval '${ABANDONED_AFTER}'
                   AND (m.handed_over_at IS NULL OR ($4::bool AND NOT m.uncertain))))
          AND m.id > $2::uuid AND ($3::text IS NULL OR m.account_id = $3)
        ORDER BY m.id LIMIT 1000`,
      now.toISOString(),
      after,
      scope.accountId ?? null,
      scope.resendsUncertain,
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

type NoticeRow = Omit<LedgerNotice, 'expiresAt' | 'address'> & Readonly<{ expiresAt: number }>

async function withNotices(db: Transaction, rows: readonly MailRow[]): Promise<readonly ClaimedMail[]> {
  const notices = await db.$queryRawUnsafe<NoticeRow[]>(
    `SELECT id::text AS id, mail_id::text AS "mailId", grant_id AS "grantId", contact_id AS "contactId",
            (extract(epoch FROM expires_at) * 1000)::float8 AS "expiresAt", stage, state
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
      notices: ofMail.map((notice) => ({ ...notice, address, expiresAt: new Date(notice.expiresAt) })),
    }
  })
}

/** A mail that is about to be given to an SMTP connection, under the claim of whoever has it. */
export type Departure = Readonly<{ id: string; claim: string | null }>

/**
 * Writes down, in one statement, what came of some mails and which ones leave now: from then on, these may have arrived.
 *
 * Only mails still in the claim they were sent under are written: if another worker took one for dead, its word stands; but
 * that a mail was sent is never too late to be said of one that nobody has taken up again. May be repeated.
 *
 * @returns the ids of the mails that may leave: of the others somebody else has taken charge
 */
export async function exchange(
  db: Transaction,
  { results, departures }: Readonly<{ results: readonly MailResult[]; departures: readonly Departure[] }>,
): Promise<ReadonlySet<string>> {
  const mails = results.map(({ notices: _, attempt: __, ...mail }) => ({
    ...mail,
    addressHash: mail.to === null ? null : addressHash(mail.to),
  }))
  const notices = results.flatMap(({ id: mailId, at, notices }) => notices.map((notice) => ({ ...notice, mailId, at })))
  const attempts = results.flatMap(({ id: mailId, at, attempts: number, attempt }) =>
    attempt === null ? [] : [{ ...attempt, mailId, at, number }],
  )
  const rows = await db.$queryRawUnsafe<{ id: string }[]>(
    `WITH written AS (
       UPDATE reminders.mails m
          SET state = r.state, reason = r.reason, uncertain = r.uncertain, attempts = r.attempts,
              next_attempt_at = coalesce(r."nextAttemptAt", m.next_attempt_at), sent_at = r."sentAt",
              to_address = coalesce(r."to", m.to_address), address_hash = coalesce(r."addressHash", m.address_hash),
              locale = coalesce(r.locale, m.locale), time_zone = coalesce(r."timeZone", m.time_zone),
              claimed_by = CASE WHEN r.state = 'queued' AND r.uncertain THEN m.claimed_by END,
              claimed_at = NULL, handed_over_at = NULL, batch_id = NULL
         FROM jsonb_to_recordset($1::jsonb)
           AS r(id uuid, claim text, state text, reason text, uncertain bool, attempts int, "nextAttemptAt" timestamptz,
                "sentAt" timestamptz, "to" text, "addressHash" text, locale text, "timeZone" text)
        WHERE m.id = r.id AND m.claimed_by = r.claim
          AND (m.state = 'sending' OR (m.state = 'queued' AND m.uncertain AND r.state = 'sent'))
        RETURNING m.id
     ), lines AS (
       UPDATE reminders.notices n
          SET state = r.state, reason = r.reason, amount = coalesce(r.amount, n.amount),
              settled_at = CASE WHEN r.state <> 'planned' THEN r.at END
         FROM jsonb_to_recordset($2::jsonb)
           AS r(id bigint, "mailId" uuid, state text, reason text, amount numeric, at timestamptz)
        WHERE n.id = r.id AND r."mailId" IN (SELECT id FROM written)
     ), tries AS (
       INSERT INTO reminders.attempts (mail_id, number, at, outcome, stage, reply_code, enhanced_code, reply)
       SELECT r."mailId", r.number, r.at, r.outcome, r.stage, r."replyCode", r."enhancedCode", r.reply
         FROM jsonb_to_recordset($3::jsonb)
           AS r("mailId" uuid, at timestamptz, number int, outcome text, stage text, "replyCode" int,
                "enhancedCode" text, reply text)
        WHERE r."mailId" IN (SELECT id FROM written)
     )
     UPDATE reminders.mails m SET handed_over_at = clock_timestamp()
       FROM jsonb_to_recordset($4::jsonb) AS d(id uuid, claim text)
      WHERE m.id = d.id AND m.state = 'sending' AND m.claimed_by = d.claim
      RETURNING m.id::text AS id`,
    JSON.stringify(mails),
    JSON.stringify(notices),
    JSON.stringify(attempts),
    JSON.stringify(departures),
  )
  return new Set(rows.map(({ id }) => id))
}
