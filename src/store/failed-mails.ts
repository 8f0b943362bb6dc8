import { normaliseAddress } from '../domain/address.ts'
import type { FailedMail } from '../domain/retry.ts'
import type { LedgerNotice } from '../domain/told.ts'
import type { Transaction } from './database.ts'

/** Which failed mails are meant: those that meet all that is given. */
export type FailedSelection = Readonly<{
  mailIds?: readonly string[]
  sweepId?: string
  grantId?: string
  reason?: string
}>

/** A failed mail as the ledger has it. */
export type FailedMailRecord = FailedMail & Readonly<{ to: string; attempts: number }>

type Row = Omit<FailedMailRecord, 'deadline' | 'notices'> & Readonly<{ deadline: number }>

const PAGE_MAILS = 1000

/** The failed mails that are meant, a page at a time, oldest first. */
export async function* failedMailPages(
  tx: Transaction,
  selection: FailedSelection,
): AsyncGenerator<readonly FailedMailRecord[]> {
  const { conditions, values } = conditionsOf(selection)
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const rows = await tx.$queryRawUnsafe<Row[]>(
      `SELECT m.id::text AS id, m.account_id AS "accountId", m.contact_id AS "contactId", m.category, m.reason,
              m.attempts, m.to_address AS "to", (extract(epoch FROM m.deadline) * 1000)::float8 AS deadline
         FROM reminders.mails m
        WHERE m.state = 'failed' AND m.id > $1::uuid AND ${conditions.join(' AND ')}
        ORDER BY m.id LIMIT ${PAGE_MAILS}`,
      after,
      ...values,
    )
    const last = rows.at(-1)
    if (last === undefined) return
    yield await withFailedNotices(tx, rows)
    after = last.id
  }
}

function conditionsOf({ mailIds, sweepId, grantId, reason }: FailedSelection) {
  const values: unknown[] = []
  const conditions: string[] = []
  const add = (condition: (place: string) => string, value: unknown) => {
    values.push(value)
    conditions.push(condition(`$${values.length + 1}`))
  }
  if (mailIds !== undefined) add((place) => `m.id = ANY(${place}::uuid[])`, mailIds)
  if (sweepId !== undefined) add((place) => `m.sweep_id = ${place}`, sweepId)
  if (grantId !== undefined) {
    add((place) => `m.id IN (SELECT mail_id FROM reminders.notices WHERE grant_id = ${place})`, grantId)
  }
  if (reason !== undefined) add((place) => `m.reason = ${place}`, reason)
  // Of years of failures, a reason alone means those of which some may still be mended.
  if (mailIds === undefined && sweepId === undefined && grantId === undefined) {
    conditions.push(`m.deadline > clock_timestamp() - interval '7 days'`)
  }
  return { conditions, values }
}

type NoticeRow = Omit<LedgerNotice, 'expiresAt' | 'address' | 'state'> & Readonly<{ expiresAt: number }>

async function withFailedNotices(tx: Transaction, rows: readonly Row[]): Promise<readonly FailedMailRecord[]> {
  const notices = await tx.$queryRawUnsafe<NoticeRow[]>(
    `SELECT id::text AS id, mail_id::text AS "mailId", grant_id AS "grantId", contact_id AS "contactId",
            (extract(epoch FROM expires_at) * 1000)::float8 AS "expiresAt", stage
       FROM reminders.notices WHERE mail_id = ANY($1::uuid[]) AND state = 'failed' ORDER BY id`,
    rows.map(({ id }) => id),
  )
  const byMail = Map.groupBy(notices, ({ mailId }) => mailId)
  return rows.map(({ deadline, ...row }) => ({
    ...row,
    deadline: new Date(deadline),
    notices: (byMail.get(row.id) ?? []).map((notice) => ({
      ...notice,
      address: normaliseAddress(row.to),
      expiresAt: new Date(notice.expiresAt),
      state: 'planned' as const,
    })),
  }))
}

/** The states of mails, by id; one that is not there is not in it. */
export async function readMailStates(tx: Transaction, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const mails = await tx.mail.findMany({ where: { id: { in: [...ids] } }, select: { id: true, state: true } })
  return new Map(mails.map(({ id, state }) => [id, state]))
}

/**
 * Puts failed mails back among those that wait, with the notices that failed with them. Their attempts stay counted,
 * their Message-IDs stay as they were, and those that may have arrived stay known as such.
 *
 * @returns the ids of those that still were failed, and in time
 */
export async function putBackMails(tx: Transaction, ids: readonly string[], now: Date): Promise<ReadonlySet<string>> {
  const rows = await tx.$queryRawUnsafe<{ id: string }[]>(
    `WITH back AS (
       UPDATE reminders.mails
          SET state = 'queued', reason = NULL, uncertain = uncertain OR reason = 'uncertain',
              next_attempt_at = $2::timestamptz, batch_id = NULL, retried_at = $2::timestamptz, retried_after = reason
        WHERE id = ANY($1::uuid[]) AND state = 'failed' AND deadline > $2::timestamptz
        RETURNING id
     ), lines AS (
       UPDATE reminders.notices SET state = 'planned', reason = NULL, settled_at = NULL
        WHERE mail_id IN (SELECT id FROM back) AND state = 'failed'
     )
     SELECT id::text AS id FROM back`,
    ids,
    now.toISOString(),
  )
  return new Set(rows.map(({ id }) => id))
}

/** True where the ledger has a notice about the grant. */
export async function hasNotices(db: Transaction, grantId: string): Promise<boolean> {
  return (await db.notice.findFirst({ where: { grantId }, select: { id: true } })) !== null
}
