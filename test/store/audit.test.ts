import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { AUDIT_CHECKS, type AuditCheck } from '../../src/domain/audit.ts'
import { auditLedger } from '../../src/store/audit.ts'
import { AS_OF, insertDueCrowd, insertWarnedCrowd } from '../support/company.ts'
import { openProgram, type Program } from '../support/program.ts'

const TABLES = ['rule_sets', 'sweeps', 'mails', 'notices', 'attempts', 'suppressions', 'unsubscriptions', 'mail_copies']

let program: Program

const audit = (since: Date | null = null) => auditLedger(program.database.db, since)

/** Real runs, in which everything happens that may: taken, refused, deferred, cancelled, in doubt, held, discarded. */
beforeAll(async () => {
  program = await openProgram({ rules: { maxEmailsPerSweep: 12 } })
  const { sink, database } = program
  await insertWarnedCrowd(program, 10)
  sink.answer({ stage: 'rcpt', to: 'many2@example.com', reply: '550 5.1.1 no such user' })
  sink.answer({ stage: 'rcpt', to: 'many3@example.com', reply: '451 4.3.0 later', times: 1 })
  sink.answer({ stage: 'final', to: 'many4@example.com', reply: 'close', times: 1 })
  await program.runAt(AS_OF)
  await insertDueCrowd(program, 11, 'few')
  await program.runAt(new Date().toISOString())
  await insertDueCrowd(program, 13, 'held')
  const held = await program.runAt(new Date().toISOString())
  await program.discard(held.sweep.id)
  await insertDueCrowd(program, 14, 'waiting')
  await program.runAt(new Date().toISOString())
  await database.sql('CREATE SCHEMA kept')
  for (const table of TABLES) await database.sql(`CREATE TABLE kept.${table} AS TABLE reminders.${table}`)
})
afterAll(() => program[Symbol.asyncDispose]())

beforeEach(async () => {
  await program.database.sql(
    `TRUNCATE ${TABLES.map((table) => `reminders.${table}`)}, reminders.reports, reminders.sweep_parts;
     ${TABLES.map((table) => `INSERT INTO reminders.${table} SELECT * FROM kept.${table}`).join(';')}`,
  )
})

test('a ledger of real runs has nothing to find, whatever the mail server did', async () => {
  const states = await program.database.sql(
    'SELECT DISTINCT state || CASE WHEN uncertain THEN $1 ELSE $2 END AS state FROM reminders.mails ORDER BY 1',
    [' in doubt', ''],
  )
  expect(states.map(({ state }) => state)).toEqual(
    expect.arrayContaining(['discarded', 'failed', 'held', 'sent', 'sent in doubt']),
  )
  const { counts, findings } = await audit()
  expect(findings).toEqual([])
  expect(counts).toMatchObject({ sweeps: 4, mails: 48, notices: 48, uncertain: 1 })
})

/** One mail of the present run, and of each other sort. */
const FEW = `(SELECT id FROM reminders.mails WHERE to_address = 'few5@example.com')`
const OTHER = `(SELECT id FROM reminders.mails WHERE to_address = 'few6@example.com')`
const HELD = `(SELECT id FROM reminders.mails WHERE to_address = 'waiting1@example.com')`
const SENDING = `state = 'sending', sent_at = NULL, claimed_by = 'x:0', batch_id = gen_random_uuid()`

const VIOLATIONS: Readonly<Record<AuditCheck, string>> = {
  'told-twice': `
    UPDATE reminders.mails SET account_id = 'few_acc_5', address_hash = (SELECT address_hash FROM reminders.mails WHERE id = ${FEW})
     WHERE id = ${OTHER};
    UPDATE reminders.notices n SET grant_id = o.grant_id, expires_at = o.expires_at
      FROM reminders.notices o WHERE n.mail_id = ${OTHER} AND o.mail_id = ${FEW}`,
  'warned-too-late': `UPDATE reminders.notices SET expires_at = now() - interval '1 day' WHERE mail_id = ${FEW}`,
  'corrected-nothing': `UPDATE reminders.notices SET stage = 'correction' WHERE mail_id = ${FEW}`,
  'told-of-nothing': `UPDATE reminders.notices SET amount = 0 WHERE mail_id = ${FEW}`,
  'sent-without-notice': `UPDATE reminders.notices SET state = 'dropped', reason = 'voided' WHERE mail_id = ${FEW}`,
  'sent-without-attempt': `DELETE FROM reminders.attempts WHERE mail_id = ${FEW}`,
  'sent-without-copy': `DELETE FROM reminders.mail_copies WHERE mail_id = ${FEW}`,
  'notice-without-mail': `UPDATE reminders.mails SET state = 'failed', reason = 'uncertain' WHERE id = ${FEW}`,
  'notice-left-open': `
    UPDATE reminders.notices SET state = 'planned', settled_at = NULL WHERE mail_id = ${FEW};
    UPDATE reminders.mails SET state = 'failed', reason = 'uncertain' WHERE id = ${FEW}`,
  'in-no-hands': `
    UPDATE reminders.notices SET state = 'planned', settled_at = NULL WHERE mail_id = ${FEW};
    UPDATE reminders.mails SET ${SENDING}, claimed_at = now() - interval '20 minutes' WHERE id = ${FEW}`,
  overdue: `
    UPDATE reminders.notices SET state = 'planned', settled_at = NULL WHERE mail_id = ${FEW};
    UPDATE reminders.mails SET state = 'queued', next_attempt_at = next_attempt_at - interval '2 hours' WHERE id = ${FEW}`,
  'attempts-with-a-gap': `UPDATE reminders.attempts SET number = 2 WHERE mail_id = ${FEW}`,
  'message-id-twice': `
    UPDATE reminders.mails SET message_id = (SELECT message_id FROM reminders.mails WHERE id = ${FEW}) WHERE id = ${OTHER}`,
  'sweep-miscounted': `UPDATE reminders.sweeps SET emails = emails + 1 WHERE state = 'planned'`,
  'held-sweep-leaks': `UPDATE reminders.mails SET state = 'queued' WHERE id = ${HELD}`,
  'told-though-suppressed': `
    INSERT INTO reminders.suppressions (address_hash, reason, source, listed_at)
    SELECT address_hash, 'manual', 'test', sent_at - interval '1 day' FROM reminders.mails WHERE id = ${FEW}`,
  'told-though-unsubscribed': `
    INSERT INTO reminders.unsubscriptions SELECT contact_id, account_id, sent_at - interval '1 day' FROM reminders.mails WHERE id = ${FEW}`,
}

test.each(Object.keys(AUDIT_CHECKS) as AuditCheck[])('what is made wrong by hand is found: %s', async (check) => {
  await program.database.sql(VIOLATIONS[check])
  const { findings } = await audit()
  expect(new Set(findings.map((finding) => finding.check))).toEqual(new Set([check]))
  expect(AUDIT_CHECKS[check](findings[0] as never)).not.toMatch(/null|undefined/)
})

test('a mail in the hands of a worker that lives is in order, and so is one that the queue will hand out again', async () => {
  const { sql } = program.database
  await sql(VIOLATIONS['in-no-hands'])
  await sql(`INSERT INTO pgboss.job (id, name, data, state, started_on, heartbeat_on)
    SELECT batch_id, 'deliver', '{}', 'active', now() - interval '1 hour', now() FROM reminders.mails WHERE state = 'sending'`)
  expect((await audit()).findings).toEqual([])
  await sql(`UPDATE pgboss.job SET heartbeat_on = now() - interval '2 minutes' WHERE state = 'active'`)
  expect((await audit()).findings).toMatchObject([{ check: 'in-no-hands' }])
  await sql(`UPDATE pgboss.job SET state = 'retry' WHERE state = 'active'`)
  expect((await audit()).findings).toEqual([])
})

test('an address that is suppressed after it was told, or for warnings only once they are over, is in order', async () => {
  const { sql } = program.database
  const suppress = (scope: string, listedAt: string, liftedAt = 'NULL') =>
    sql(`INSERT INTO reminders.suppressions (address_hash, reason, source, scope, listed_at, lifted_at)
         SELECT address_hash, 'bounced', 'test', '${scope}', ${listedAt}, ${liftedAt} FROM reminders.mails WHERE id = ${FEW}
         ON CONFLICT (address_hash, (reason = 'unsubscribed')) DO UPDATE SET scope = excluded.scope, listed_at = excluded.listed_at, lifted_at = excluded.lifted_at`)
  await suppress('all', `sent_at + interval '1 second'`)
  expect((await audit()).findings).toEqual([])
  await suppress('all', `sent_at - interval '1 day'`, 'now()')
  expect((await audit()).findings).toEqual([])
  await suppress('warnings', `sent_at - interval '1 day'`)
  expect((await audit()).findings).toMatchObject([{ check: 'told-though-suppressed' }])
  await sql(`UPDATE reminders.mails SET category = 'expired' WHERE id = ${FEW}`)
  expect((await audit()).findings).toEqual([])
})

test('a contact that opted out of warnings, or took it back, is in order; one that has another id now is not', async () => {
  const { sql } = program.database
  const optOut = (values: string) =>
    sql(`DELETE FROM reminders.unsubscriptions;
         INSERT INTO reminders.unsubscriptions (account_id, contact_id, address_hash, scope, created_at, lifted_at)
         SELECT account_id, ${values} FROM reminders.mails WHERE id = ${FEW}`)
  const longBefore = `sent_at - interval '1 day'`
  await optOut(`contact_id, NULL, 'all', ${longBefore}, now()`)
  expect((await audit()).findings).toEqual([])
  await optOut(`'another', address_hash, 'warnings', ${longBefore}, NULL`)
  expect((await audit()).findings).toMatchObject([{ check: 'told-though-unsubscribed' }])
  await sql(`UPDATE reminders.mails SET category = 'expired' WHERE id = ${FEW}`)
  expect((await audit()).findings).toEqual([])
})

test('what was planned before the time that it is asked for is left alone', async () => {
  await program.database.sql(`${VIOLATIONS['told-of-nothing']}; ${VIOLATIONS['sweep-miscounted']}`)
  expect((await audit(new Date(Date.now() - 3_600_000))).findings).not.toEqual([])
  const { counts, findings } = await audit(new Date(Date.now() + 3_600_000))
  expect(findings).toEqual([])
  expect(counts).toEqual({ sweeps: 0, mails: 0, notices: 0, attempts: 0, uncertain: 0 })
})

test('where all of a ledger is wrong, it names a hundred and counts the others', async () => {
  await program.database.sql(`
    INSERT INTO reminders.sweeps (id, as_of, state, rules_hash, examined, emails, notices, skipped, started_at, finished_at)
    SELECT id || i, as_of, state, rules_hash, examined, emails, notices, skipped, started_at, finished_at
      FROM reminders.sweeps, generate_series(1, 130) i WHERE emails = 10`)
  const { findings, unlisted } = await audit()
  expect(findings.map(({ check }) => check)).toEqual(Array(100).fill('sweep-miscounted'))
  expect(unlisted).toEqual({ 'sweep-miscounted': 30 })
})
