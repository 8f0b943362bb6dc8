import { createHash } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import type { Skip } from '../domain/plan.ts'
import type { PlannedMail } from '../domain/plan-mails.ts'
import { addressHash } from './address-hash.ts'
import type { Transaction } from './database.ts'
import { inBatches } from './dispatch.ts'

/** Any number that no other program on the database is likely to lock. */
export const SWEEP_LOCK = 5_712_406_113

export type SweepCounts = Readonly<{
  examined: number
  emails: number
  notices: number
  skipped: Readonly<Record<string, number>>
}>

/**
 * Waits until no other sweep is being written, and holds off others until the transaction ends: two sweeps of the same
 * moment must not both find that nobody was told.
 */
export async function lockSweeps(tx: Transaction): Promise<void> {
  await tx.$queryRawUnsafe(`SELECT pg_advisory_xact_lock(${SWEEP_LOCK})::text`)
}

/** The database's clock, to the millisecond: the one clock of all hosts. */
export async function databaseNow(tx: Transaction): Promise<Date> {
  const rows = await tx.$queryRawUnsafe<{ ms: number }[]>(
    `SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms`,
  )
  return new Date(rows[0]?.ms ?? Number.NaN)
}

/**
 * The business time of the last sweep before one at `asOf`; null where there was none.
 *
 * @param except one that is half planned, and counts for nothing
 */
export async function lastSweepBefore(tx: Transaction, asOf: Date, except: string | null = null): Promise<Date | null> {
  const found = await tx.sweep.findFirst({
    where: { asOf: { lt: asOf }, state: { not: 'abandoned' }, ...(except !== null && { id: { not: except } }) },
    orderBy: { asOf: 'desc' },
    select: { asOf: true },
  })
  return found?.asOf ?? null
}

/** By which the rules that a sweep went by are known. */
export function rulesHash(rules: object): string {
  return createHash('sha256').update(JSON.stringify(rules)).digest('hex')
}

/** Opens a sweep in the ledger, with the rules it goes by. */
export async function openSweep(
  tx: Transaction,
  sweep: Readonly<{ id: string; asOf: Date; rules: object }>,
): Promise<void> {
  const document = JSON.stringify(sweep.rules)
  const hash = rulesHash(sweep.rules)
  await tx.$executeRawUnsafe(
    `INSERT INTO reminders.rule_sets (hash, document, first_used)
     VALUES ($1, $2::jsonb, clock_timestamp()) ON CONFLICT (hash) DO NOTHING`,
    hash,
    document,
  )
  await tx.sweep.create({
    data: {
      id: sweep.id,
      asOf: sweep.asOf,
      state: 'planned',
      rulesHash: hash,
      examined: 0,
      emails: 0,
      notices: 0,
      skipped: {},
      startedAt: await databaseNow(tx),
      finishedAt: await databaseNow(tx),
    },
  })
}

/** Closes a sweep in the ledger with what it came to; a held one keeps all its mails back. */
export async function closeSweep(
  tx: Transaction,
  sweep: Readonly<{ id: string; counts: SweepCounts; heldBecause: string | null }>,
): Promise<void> {
  await tx.sweep.update({
    where: { id: sweep.id },
    data: {
      ...sweep.counts,
      skipped: { ...sweep.counts.skipped },
      state: sweep.heldBecause === null ? 'planned' : 'held',
      heldBecause: sweep.heldBecause,
      finishedAt: await databaseNow(tx),
    },
  })
  if (sweep.heldBecause !== null) {
    await tx.$executeRawUnsafe(
      // Those of a sweep planned in parts are held already, but for what its parts planned too much.
      `UPDATE reminders.mails SET state = 'held', batch_id = NULL WHERE sweep_id = $1 AND state = 'queued'`,
      sweep.id,
    )
  }
}

/**
 * Writes planned mails and their notices, with the batches in which they will be handed to the queue. A notice
 * that is there already fails the whole sweep: it planned on stale reads.
 */
export async function insertMails(
  tx: Transaction,
  sweep: Readonly<{
    id: string
    asOf: Date
    messageIdOf: (mailId: string) => string
    /** True: they are kept back until the whole sweep is planned. */
    isPart: boolean
  }>,
  mails: readonly PlannedMail[],
): Promise<void> {
  if (mails.length === 0) return
  const identified = inBatches(mails.map((mail) => ({ id: uuidv7(), mail })))
  await tx.$executeRawUnsafe(
    `INSERT INTO reminders.mails
       (id, sweep_id, account_id, contact_id, category, to_address, address_hash, locale, time_zone,
        state, next_attempt_at, batch_id, deadline, message_id)
     SELECT id, $1, account_id, contact_id, category, to_address, address_hash, locale, time_zone,
            CASE WHEN $14::bool THEN 'held' ELSE 'queued' END, $2::timestamptz,
            CASE WHEN NOT $14::bool THEN batch_id END, deadline, message_id
       FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
                   $11::timestamptz[], $12::text[], $13::uuid[])
         AS m(id, account_id, contact_id, category, to_address, address_hash, locale, time_zone, deadline, message_id,
              batch_id)`,
    sweep.id,
    sweep.asOf.toISOString(),
    identified.map(({ id }) => id),
    mails.map(({ accountId }) => accountId),
    mails.map(({ contactId }) => contactId),
    mails.map(({ category }) => category),
    mails.map(({ to }) => to),
    mails.map(({ to }) => addressHash(to)),
    mails.map(({ locale }) => locale),
    mails.map(({ timeZone }) => timeZone),
    mails.map(({ deadline }) => deadline.toISOString()),
    identified.map(({ id }) => sweep.messageIdOf(id)),
    identified.map(({ batchId }) => batchId),
    sweep.isPart,
  )
  const notices = identified.flatMap(({ id, mail }) => mail.notices.map((notice) => ({ mailId: id, mail, notice })))
  await tx.$executeRawUnsafe(
    `INSERT INTO reminders.notices
       (mail_id, grant_id, account_id, contact_id, expires_at, stage, due_at, unit, amount, state)
     SELECT *, 'planned'
       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::timestamptz[],
                   $8::text[], $9::numeric[])`,
    notices.map(({ mailId }) => mailId),
    notices.map(({ notice }) => notice.grantId),
    notices.map(({ mail }) => mail.accountId),
    notices.map(({ mail }) => mail.contactId),
    notices.map(({ notice }) => notice.expiresAt.toISOString()),
    notices.map(({ notice }) => notice.stage),
    notices.map(({ notice }) => notice.dueAt.toISOString()),
    notices.map(({ notice }) => notice.unit),
    notices.map(({ notice }) => notice.amount),
  )
}

/** Keeps the reason of every skipped grant (rule R11): a row where it differs from the last one kept. */
export async function insertDecisions(
  tx: Transaction,
  sweep: Readonly<{ id: string; asOf: Date }>,
  skips: readonly Skip[],
): Promise<void> {
  if (skips.length === 0) return
  await tx.$executeRawUnsafe(
    `INSERT INTO reminders.decisions (sweep_id, grant_id, as_of, expires_at, reason, detail)
     SELECT $1, s.grant_id, $2::timestamptz, s.expires_at, s.reason, s.detail
       FROM unnest($3::text[], $4::timestamptz[], $5::text[], $6::text[]) AS s(grant_id, expires_at, reason, detail)
       LEFT JOIN LATERAL (
         SELECT reason, expires_at, detail FROM reminders.decisions d WHERE d.grant_id = s.grant_id ORDER BY d.id DESC LIMIT 1
       ) last ON true
      WHERE (s.reason, s.expires_at, s.detail) IS DISTINCT FROM (last.reason, last.expires_at, last.detail)`,
    sweep.id,
    sweep.asOf.toISOString(),
    skips.map(({ grantId }) => grantId),
    skips.map(({ expiresAt }) => expiresAt?.toISOString() ?? null),
    skips.map(({ reason }) => reason),
    skips.map(({ detail }) => detail),
  )
}

/** True where the ledger has the sweep. */
export async function hasSweep(tx: Transaction, id: string): Promise<boolean> {
  return (await tx.sweep.findUnique({ where: { id }, select: { id: true } })) !== null
}

export type RecordedSweep = Readonly<{
  id: string
  asOf: Date
  counts: SweepCounts
  heldBecause: string | null
  isAbandoned: boolean
}>

/** What a sweep came to, as the ledger has it; null where it has none of that id. */
export async function findSweep(db: Transaction, id: string): Promise<RecordedSweep | null> {
  const sweep = await db.sweep.findUnique({ where: { id } })
  if (sweep === null) return null
  const { asOf, heldBecause, examined, emails, notices } = sweep
  const skipped = sweep.skipped as SweepCounts['skipped']
  const isAbandoned = sweep.state === 'abandoned'
  return { id, asOf, heldBecause, isAbandoned, counts: { examined, emails, notices, skipped } }
}

/** How many sweeps wait for a person's decision. */
export async function countHeldSweeps(db: Transaction): Promise<number> {
  return db.sweep.count({ where: { state: 'held' } })
}
