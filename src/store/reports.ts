import type { ReportKind } from '../domain/report.ts'
import type { Database, Transaction } from './database.ts'
import { type NewSuppression, suppress, UNSUBSCRIBED } from './suppressions.ts'

/** A mail of the ledger that something came back about. */
export type SentMail = Readonly<{
  id: string
  messageId: string
  address: string
  addressHash: string
  /** Null where its server has not taken it for certain. */
  sentAt: Date | null
}>

/** What came back, as it is kept. */
export type NewReport = Readonly<{
  /** What tells it from every other one. */
  key: string
  mailId: string | null
  addressHash: string | null
  kind: ReportKind
  status: string | null
  /** Without addresses. */
  diagnostic: string | null
  source: 'mailbox' | 'webhook'
}>

/** A report, and what it puts on the suppression list. */
export type ReportEntry = Readonly<{
  report: NewReport
  suppression: NewSuppression | null
  /** The report is no news to a person who took the address off the list after this instant; null: it always is. */
  newsSince: Date | null
}>

/** The mails of some ids, by id; those that the ledger does not hold are not among them. */
export async function findMails(db: Transaction, ids: readonly string[]): Promise<ReadonlyMap<string, SentMail>> {
  if (ids.length === 0) return new Map()
  const mails = await db.mail.findMany({
    where: { id: { in: [...ids] } },
    select: { id: true, messageId: true, toAddress: true, addressHash: true, sentAt: true },
  })
  return new Map(mails.map(({ toAddress: address, ...mail }) => [mail.id, { ...mail, address }]))
}

const KEEPING_TIMEOUT_MS = 60_000

/**
 * Writes down what came back, and suppresses what that means to, in one transaction: a report that was read and not
 * written down is read again. A report that is written down already does nothing, and neither does one about a mail that
 * left before a person took its address off the list: that person knew better.
 *
 * @returns the keys that are new, and how many addresses were put on the list
 */
export async function keepReports(
  db: Database,
  entries: readonly ReportEntry[],
): Promise<Readonly<{ newKeys: ReadonlySet<string>; suppressed: number }>> {
  if (entries.length === 0) return { newKeys: new Set(), suppressed: 0 }
  return db.$transaction(
    async (tx) => {
      const reports = entries.map(({ report }) => report)
      const newKeys = await insertReports(tx, reports)
      const fresh = entries.filter(({ report }) => newKeys.has(report.key))
      const suppressions = await withoutOldNews(tx, fresh)
      return { newKeys, suppressed: await suppress(tx, suppressions) }
    },
    { timeout: KEEPING_TIMEOUT_MS },
  )
}

async function withoutOldNews(tx: Transaction, entries: readonly ReportEntry[]): Promise<readonly NewSuppression[]> {
  const asked = entries.flatMap(({ suppression, newsSince }) =>
    suppression === null ? [] : [{ suppression, newsSince }],
  )
  if (asked.length === 0) return []
  const lifted = await tx.suppression.findMany({
    where: {
      addressHash: { in: asked.map(({ suppression }) => suppression.addressHash) },
      liftedAt: { not: null },
      // Whoever wants the mails again knows nothing of whether they arrive.
      reason: { not: UNSUBSCRIBED },
    },
    select: { addressHash: true, liftedAt: true },
  })
  const liftedAt = new Map(lifted.map((row) => [row.addressHash, row.liftedAt]))
  const isNews = ({ suppression, newsSince }: (typeof asked)[number]) => {
    const since = liftedAt.get(suppression.addressHash) ?? null
    return newsSince === null || since === null || newsSince > since
  }
  return asked.filter(isNews).map(({ suppression }) => suppression)
}

async function insertReports(tx: Transaction, reports: readonly NewReport[]): Promise<ReadonlySet<string>> {
  // Told apart by a millisecond each, so that what came first is told first: they are inserted in another order.
  const rows = reports.map((report, index) => ({ ...report, earlierMs: reports.length - index }))
  const inserted = await tx.$queryRawUnsafe<{ key: string }[]>(
    `INSERT INTO reminders.reports (key, mail_id, address_hash, kind, status, diagnostic, source, received_at)
     SELECT DISTINCT ON (key) key, "mailId", "addressHash", kind, status, diagnostic, source,
            statement_timestamp() - "earlierMs" * interval '1 millisecond'
       FROM jsonb_to_recordset($1::jsonb)
         AS r(key text, "mailId" uuid, "addressHash" text, kind text, status text, diagnostic text, source text,
              "earlierMs" int)
      -- By key, so that two who write the same reports wait for each other and not in a circle.
      ORDER BY key, "earlierMs" DESC
     ON CONFLICT (key) DO NOTHING
     RETURNING key`,
    JSON.stringify(rows),
  )
  return new Set(inserted.map(({ key }) => key))
}
