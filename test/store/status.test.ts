import { afterAll, beforeAll, expect, test } from 'vitest'
import { readLedgerStatus } from '../../src/store/status.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

/** Far more mails that were sent than wait, and sweeps of years: what is counted must not depend on them. */
const SENT_LONG_AGO = 30_000
const OLD_SWEEPS = 5000

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
  const { sql } = database
  await sql(`INSERT INTO reminders.rule_sets VALUES ('rules', '{}', now())`)
  await sql(`INSERT INTO reminders.sweeps
      (id, as_of, state, held_because, rules_hash, examined, emails, notices, skipped, started_at, finished_at, decided_at)
    VALUES
      ('old', now() - interval '3 days', 'approved', 'many', 'rules', 10, 4, 4, '{}', now() - interval '3 days',
       now() - interval '3 days', now() - interval '2 hours'),
      ('held', now() - interval '2 hours', 'held', '9 mails planned', 'rules', 20, 9, 9, '{}', now() - interval '2 hours',
       now() - interval '2 hours', NULL),
      ('new', now() - interval '5 minutes', 'planned', NULL, 'rules', 30, 3, 3, '{"not-due": 27}',
       now() - interval '5 minutes', now() - interval '4 minutes', NULL)`)
  await sql(
    `INSERT INTO reminders.mails (id, sweep_id, account_id, contact_id, category, to_address, address_hash, locale, time_zone,
       state, next_attempt_at, deadline, message_id, sent_at)
     SELECT gen_random_uuid(), 'old', 'acc_' || i, 'con', 'warning', 'a@example.com', 'hash', 'en', 'UTC', 'sent',
            now() - interval '9 days', now() - interval '2 days', '<m>', now() - interval '3 days' - i * interval '1 second'
       FROM generate_series(1, $1::int) i`,
    [SENT_LONG_AGO],
  )
  await sql(
    `INSERT INTO reminders.sweeps
       (id, as_of, state, rules_hash, examined, emails, notices, skipped, started_at, finished_at)
     SELECT 'old ' || i, now(), 'planned', 'rules', 1, 1, 1, '{}', now() - interval '2 days' - i * interval '1 minute',
            now() - interval '2 days' - i * interval '1 minute'
       FROM generate_series(1, $1::int) i`,
    [OLD_SWEEPS],
  )
  await sql('ANALYZE reminders.mails, reminders.sweeps')
})
afterAll(() => database.drop())

type Mail = Readonly<{
  sweep?: string
  state: string
  reason?: string
  uncertain?: boolean
  /** From now, as Postgres writes an interval. */
  next?: string
  deadline?: string
  sent?: string
  settled?: string
}>

async function insertMail(mail: Mail): Promise<void> {
  const isSettled = mail.settled !== undefined
  await database.sql(
    `WITH mail AS (
       INSERT INTO reminders.mails (id, sweep_id, account_id, contact_id, category, to_address, address_hash, locale,
         time_zone, state, reason, uncertain, next_attempt_at, deadline, message_id, sent_at, claimed_by, claimed_at)
       SELECT gen_random_uuid(), $1, 'acc', 'con', 'warning', 'a@example.com', 'hash', 'en', 'UTC', $2, $3, $4,
              now() + $5::interval, now() + $6::interval, '<m>', now() + $7::interval, 'worker', now()
       RETURNING id)
     INSERT INTO reminders.notices (mail_id, grant_id, account_id, contact_id, expires_at, stage, due_at, unit, amount,
       state, reason, settled_at)
     SELECT id, 'cg_' || id, 'acc', 'con', now(), 'P7D', now(), 'USD', 1, $8, $3, now() + $9::interval FROM mail`,
    [
      mail.sweep ?? 'new',
      mail.state,
      mail.reason ?? null,
      mail.uncertain ?? false,
      mail.next ?? '-1 minute',
      mail.deadline ?? '5 days',
      mail.sent ?? null,
      isSettled ? 'failed' : 'planned',
      mail.settled ?? null,
    ],
  )
}

test('The status counts what waits, what left and what failed, each by its own time', async () => {
  const mails: readonly Mail[] = [
    { state: 'queued', next: '-10 minutes' },
    // Due for days, but let go only two hours ago.
    { state: 'queued', sweep: 'old', next: '-3 days' },
    { state: 'queued', next: '1 hour', uncertain: true },
    { state: 'held', sweep: 'held', next: '-5 days' },
    { state: 'sending' },
    { state: 'sent', sent: '-23 hours' },
    { state: 'sent', sent: '-25 hours' },
    { state: 'failed', reason: 'render-error', settled: '-1 hour' },
    { state: 'failed', reason: 'render-error', settled: '-3 days' },
    { state: 'failed', reason: 'mail-refused', settled: '-1 hour', deadline: '-1 minute' },
    { state: 'failed', reason: 'uncertain', settled: '-3 days', deadline: '-2 days' },
    { state: 'cancelled', reason: 'too-late', settled: '-2 hours', deadline: '1 minute' },
    { state: 'cancelled', reason: 'nothing-remaining' },
  ]
  for (const mail of mails) await insertMail(mail)
  await database.sql(
    `INSERT INTO reminders.suppressions (address_hash, reason, scope, source, lifted_at)
     SELECT encode(sha256(i::text::bytea), 'hex'), reason, scope, 'test', lifted
       FROM (VALUES (1, 'manual', 'all', NULL::timestamptz), (2, 'manual', 'all', NULL), (3, 'manual', 'all', now()),
                    (4, 'complaint', 'warnings', NULL)) AS s(i, reason, scope, lifted)`,
  )
  const status = await readLedgerStatus(database.db)
  const minutesAgo = (date: Date | null) => Math.round((status.now.getTime() - (date?.getTime() ?? 0)) / 60_000)
  expect(status).toMatchObject({
    lastSweep: { id: 'new', state: 'planned', examined: 30, emails: 3, skipped: { 'not-due': 27 } },
    heldSweeps: [{ id: 'held', emails: 9, heldBecause: '9 mails planned' }],
    lastDay: { sweeps: 2, examined: 50, planned: 12, sent: 1 },
    outbox: { due: 2, later: 1, inHand: 1, uncertain: 1 },
    failures: [
      { reason: 'mail-refused', lastDay: 1, open: 0 },
      { reason: 'render-error', lastDay: 1, open: 2 },
      { reason: 'too-late', lastDay: 1, open: 0 },
    ],
    suppressions: [
      { reason: 'complaint', scope: 'warnings', addresses: 1 },
      { reason: 'manual', scope: 'all', addresses: 2 },
    ],
  })
  expect(minutesAgo(status.outbox.oldestDueSince)).toBe(120)
  expect(minutesAgo(status.lastSweep?.finishedAt ?? null)).toBe(4)
})

test('None of it reads the mails that were sent long ago, nor the sweeps of former days', async () => {
  const read = await database.db.$transaction(async (tx) => {
    await readLedgerStatus(tx)
    return tx.$queryRawUnsafe<{ relation: string; rows: number }[]>(
      `SELECT relname::text AS relation, (seq_tup_read + idx_tup_fetch)::float8 AS rows FROM pg_stat_xact_user_tables
        WHERE schemaname = 'reminders' AND relname IN ('mails', 'sweeps') ORDER BY relname`,
    )
  })
  const [mails, sweeps] = read
  expect([mails?.relation, sweeps?.relation]).toEqual(['mails', 'sweeps'])
  expect(Math.min(mails?.rows ?? 0, sweeps?.rows ?? 0)).toBeGreaterThan(0)
  expect(mails?.rows).toBeLessThan(SENT_LONG_AGO / 100)
  expect(sweeps?.rows).toBeLessThan(OLD_SWEEPS / 10)
})

test('An empty ledger has a status too', async () => {
  await using empty = await testDatabase()
  expect(await readLedgerStatus(empty.db)).toEqual({
    now: expect.any(Date),
    lastSweep: null,
    heldSweeps: [],
    lastDay: { sweeps: 0, examined: 0, planned: 0, sent: 0 },
    outbox: { due: 0, later: 0, inHand: 0, uncertain: 0, oldestDueSince: null },
    failures: [],
    suppressions: [],
    lastClearing: null,
  })
})
