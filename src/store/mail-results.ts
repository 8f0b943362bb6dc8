import { addressHash } from './address-hash.ts'
import type { Transaction } from './database.ts'

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
  /** What was handed over; null where it certainly has not arrived, or nobody is there to say what it was. */
  copy: CopyResult | null
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

export type CopyResult = Readonly<{
  sourceHash: string
  sourceBytes: number
  /** Compressed; null where only the hash is kept. */
  source: Buffer | null
  dictionaryId: number | null
}>

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
  const mails = results.map(({ notices: _, attempt: __, copy: ___, ...mail }) => ({
    ...mail,
    addressHash: mail.to === null ? null : addressHash(mail.to),
  }))
  const notices = results.flatMap(({ id: mailId, at, notices }) => notices.map((notice) => ({ ...notice, mailId, at })))
  const attempts = results.flatMap(({ id: mailId, at, attempts: number, attempt }) =>
    attempt === null ? [] : [{ ...attempt, mailId, at, number }],
  )
  const copies = results.flatMap(({ id: mailId, at, attempts: attempt, copy }) =>
    copy === null ? [] : [{ ...copy, mailId, at, attempt, source: copy.source?.toString('base64') ?? null }],
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
         FROM json_to_recordset($1::json)
           AS r(id uuid, claim text, state text, reason text, uncertain bool, attempts int, "nextAttemptAt" timestamptz,
                "sentAt" timestamptz, "to" text, "addressHash" text, locale text, "timeZone" text)
        WHERE m.id = r.id AND m.claimed_by = r.claim
          AND (m.state = 'sending' OR (m.state = 'queued' AND m.uncertain AND r.state = 'sent'))
        RETURNING m.id
     ), lines AS (
       UPDATE reminders.notices n
          SET state = r.state, reason = r.reason, amount = coalesce(r.amount, n.amount),
              settled_at = CASE WHEN r.state <> 'planned' THEN r.at END
         FROM json_to_recordset($2::json)
           AS r(id bigint, "mailId" uuid, state text, reason text, amount numeric, at timestamptz)
        WHERE n.id = r.id AND r."mailId" IN (SELECT id FROM written)
     ), tries AS (
       INSERT INTO reminders.attempts (mail_id, number, at, outcome, stage, reply_code, enhanced_code, reply)
       SELECT r."mailId", r.number, r.at, r.outcome, r.stage, r."replyCode", r."enhancedCode", r.reply
         FROM json_to_recordset($3::json)
           AS r("mailId" uuid, at timestamptz, number int, outcome text, stage text, "replyCode" int,
                "enhancedCode" text, reply text)
        WHERE r."mailId" IN (SELECT id FROM written)
     ), copies AS (
       INSERT INTO reminders.mail_copies (mail_id, attempt, at, source_hash, source_bytes, source, dictionary_id)
       SELECT r."mailId", r.attempt, r.at, r."sourceHash", r."sourceBytes", decode(r.source, 'base64'), r."dictionaryId"
         FROM json_to_recordset($5::json)
           AS r("mailId" uuid, attempt int, at timestamptz, "sourceHash" text, "sourceBytes" int, source text,
                "dictionaryId" int)
        WHERE r."mailId" IN (SELECT id FROM written)
       -- Whoever was taken for dead, and says after all that it was sent, has the number that was given up.
       ON CONFLICT (mail_id, attempt) DO NOTHING
     )
     UPDATE reminders.mails m SET handed_over_at = clock_timestamp()
       FROM json_to_recordset($4::json) AS d(id uuid, claim text)
      WHERE m.id = d.id AND m.state = 'sending' AND m.claimed_by = d.claim
      RETURNING m.id::text AS id`,
    JSON.stringify(mails),
    JSON.stringify(notices),
    JSON.stringify(attempts),
    JSON.stringify(departures),
    JSON.stringify(copies),
  )
  return new Set(rows.map(({ id }) => id))
}
