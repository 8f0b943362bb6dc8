import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { statusJson, statusText } from '../../src/cli/status-text.ts'
import { openForDelivery } from '../../src/compose.ts'
import { parseRules } from '../../src/config/rules-file.ts'
import { clear } from '../../src/jobs/clearing.ts'
import { createLogger } from '../../src/logger.ts'
import { auditLedger } from '../../src/store/audit.ts'
import { beginClearing, readLastClearing, readRemovedBefore } from '../../src/store/clearings.ts'
import { readLedgerStatus } from '../../src/store/status.ts'
import { AS_OF, insertWarnedCrowd } from '../support/company.ts'
import { urlAs } from '../support/database.ts'
import { diagnose, of } from '../support/doctor.ts'
import { eventually } from '../support/eventually.ts'
import { insertPastSweeps } from '../support/past-sweeps.ts'
import { openProgram, type Program } from '../support/program.ts'

const SETTING = { retention: 'P100D', keepMails: 'P60D' } as const
const RULES = parseRules(JSON.stringify(SETTING))
/** When what was planned at `AS_OF` is older than that, and still of before today. */
const LATER = '2026-11-20T12:00:00Z'

const log = createLogger({ level: 'silent' })
const clearAt = ({ database: { db } }: Program, instant: string, signal?: AbortSignal) =>
  clear({ db, rules: RULES, log }, new Date(instant), signal)

const totalsOf = ({ database: { sql } }: Program) =>
  sql(
    `SELECT day::text, category, state, reason, mails, notices FROM reminders.daily_totals ORDER BY category, state, reason`,
  )
const rowsOf = async ({ database: { sql } }: Program) => {
  const [rows] = await sql(`SELECT (SELECT count(*)::int FROM reminders.mails) AS mails,
    (SELECT count(*)::int FROM reminders.notices) AS notices, (SELECT count(*)::int FROM reminders.attempts) AS attempts,
    (SELECT count(*)::int FROM reminders.mail_copies) AS copies, (SELECT count(*)::int FROM reminders.decisions) AS decisions,
    (SELECT count(*)::int FROM reminders.reports) AS reports, (SELECT count(*)::int FROM reminders.sweeps) AS sweeps,
    (SELECT count(*)::int FROM reminders.sweep_parts) AS parts, (SELECT count(*)::int FROM reminders.rule_sets) AS rules`)
  return rows
}

test('What is older than the retention goes with all that hangs on it, but for its counts; the sweeps that the next ones are compared with stay', async () => {
  await using program = await openProgram({ rules: SETTING })
  const { sql, db } = program.database
  await insertWarnedCrowd(program, 5)
  await sql(`UPDATE billing.contacts SET receives_billing_email = false WHERE account_id = 'many_acc_5'`)
  program.sink.answer({ stage: 'rcpt', to: 'many2@example.com', reply: '550 5.1.1 no such user' })
  await program.runAt(AS_OF, { env: { SWEEP_PART_GRANTS: '2' } })
  await sql(`INSERT INTO reminders.reports (key, mail_id, kind, source, received_at)
             SELECT 'one', id, 'delayed', 'mailbox', '2026-05-26Z' FROM reminders.mails LIMIT 1`)
  await sql(
    `INSERT INTO reminders.reports (key, kind, source, received_at) VALUES ('two', 'other', 'mailbox', '2026-05-26Z')`,
  )
  const before = await rowsOf(program)
  expect(before).toMatchObject({ mails: 4, notices: 4, attempts: 4, copies: 3, decisions: 1, reports: 2, rules: 1 })
  expect(before?.parts).toBeGreaterThan(1)
  // Of the last five, nobody was told anything; one waits for a person.
  const junes = Array.from({ length: 30 }, (_, day) => ({
    asOf: new Date(Date.UTC(2026, 5, 1 + day)).toISOString(),
    emails: day < 25 ? 1 : 0,
    state: day === 0 ? ('held' as const) : ('planned' as const),
  }))
  await insertPastSweeps(sql, junes)
  await sql('UPDATE reminders.sweeps SET removed_mails = emails WHERE rules_hash = $1', ['past'])

  const { sweep } = await program.runAt(LATER)
  expect(sweep.counts.emails).toBe(0)
  // The run's own sweep, the twenty before it that told something, the five since, and the one that waits.
  expect(await rowsOf(program)).toEqual({
    ...{ mails: 0, notices: 0, attempts: 0, copies: 0, decisions: 0, reports: 0 },
    ...{ sweeps: 27, parts: 0, rules: 2 },
  })
  expect(await totalsOf(program)).toEqual([
    { day: '2026-05-25', category: 'warning', state: 'failed', reason: 'recipient-refused', mails: 1, notices: 1 },
    { day: '2026-05-25', category: 'warning', state: 'sent', reason: '', mails: 3, notices: 3 },
  ])
  expect(await readLastClearing(db)).toMatchObject({
    ...{ day: new Date('2026-11-20'), removedBefore: new Date('2026-08-12T12:00:00Z') },
    ...{ mails: 4, decisions: 1, sweeps: 5 },
  })
  expect((await auditLedger(db, null)).findings).toEqual([])
  const shown = { ledger: await readLedgerStatus(db), alarms: [], nextSlot: null }
  expect(statusText(shown).replace(/ {2,}/g, '  ')).toMatch(
    /Kept no longer\n *last cleared {2}less than a minute ago\n *of that day {2}copies 3, mails 4, reasons 1, sweeps 5\n *older than {2}2026-08-12T12:00:00.000Z/,
  )
  expect(statusJson(shown).clearing).toMatchObject({ removedBefore: '2026-08-12T12:00:00.000Z', mails: 4 })
})

test('Several at once remove and count each mail once; one that was stopped leaves the rest to the next; then nobody plans for a time of before', async () => {
  await using program = await openProgram({ rules: { keepMails: 'P60D' } })
  const { sql, db, url } = program.database
  await insertWarnedCrowd(program, 40)
  await program.runAt(AS_OF)
  // As of a sweep whose parts planned one mail too many for an address: it is none of those that the sweep counts.
  await sql(`UPDATE reminders.sweeps SET split = '{}'`)
  await sql(`INSERT INTO reminders.mails (id, sweep_id, account_id, contact_id, category, to_address, address_hash, locale,
      time_zone, state, reason, next_attempt_at, deadline, message_id)
    SELECT gen_random_uuid(), sweep_id, account_id, contact_id, category, to_address, address_hash, locale,
           time_zone, 'cancelled', 'address-limit', next_attempt_at, deadline, '<none>' FROM reminders.mails LIMIT 1`)
  const before = await rowsOf(program)
  // Without `retention`, nothing but copies goes.
  expect(await clear({ db, rules: parseRules('keepMails: P60D'), log }, new Date(LATER))).toMatchObject({ copies: 40 })
  expect(await rowsOf(program)).toEqual(before)

  expect(await clearAt(program, LATER, AbortSignal.abort())).toMatchObject({ mails: 0 })
  const done = await Promise.all([1, 2, 3].map(() => clearAt(program, LATER)))
  expect(done.reduce((sum, { mails }) => sum + mails, 0)).toBe(41)
  expect(await totalsOf(program)).toMatchObject([
    { state: 'cancelled', mails: 1, notices: 0 },
    { state: 'sent', mails: 40, notices: 40 },
  ])
  expect((await auditLedger(db, null)).findings).toEqual([])
  expect(await clearAt(program, LATER)).toMatchObject({ mails: 0, decisions: 0, sweeps: 0 })

  // What they were told is gone, and so is who was told.
  const refused =
    /^at 2026-05-25T12:00:00.000Z, expiredWithin \(P7D\) looks back beyond 2026-08-12T12:00:00.000Z, .*give a later --as-of, or wait until then$/
  await expect(program.runAt(AS_OF)).rejects.toThrow(refused)
  await expect(program.runAt(AS_OF, { env: { SWEEP_PART_GRANTS: '20' } })).rejects.toThrow(refused)
  await expect(program.dryRunAt(AS_OF)).rejects.toThrow(refused)
  await using wider = await openProgram({ rules: { expiredWithin: 'P2Y' }, bare: true })
  await expect(openForDelivery('run', { ...wider.env, DATABASE_URL: url })).rejects.toThrow(
    /^at .*, expiredWithin \(P2Y\) looks back beyond 2026-08-12T12:00:00.000Z, .*make expiredWithin shorter$/,
  )
  expect(await rowsOf(program)).toMatchObject({ mails: 0, notices: 0 })

  // One that the database fails has said beforehand what it would remove.
  await sql('ALTER TABLE reminders.reports RENAME TO away')
  await expect(clearAt(program, '2026-11-21T12:00:00Z')).rejects.toThrow()
  expect(await readRemovedBefore(db)).toEqual(new Date('2026-08-13T12:00:00Z'))
})

test('A sweep during which another process, by other rules, begins to remove what it has read tells nobody', async () => {
  await using program = await openProgram()
  const { sql, db } = program.database
  await insertWarnedCrowd(program, 4)
  for (const env of [{}, { SWEEP_PART_GRANTS: '2' }]) {
    let refusal: Promise<void> | undefined
    await db.$transaction(
      async (tx) => {
        // Keeps the sweep from writing a mail, and so from its end.
        await tx.$executeRaw`LOCK TABLE reminders.mails IN EXCLUSIVE MODE`
        refusal = expect(program.runAt(AS_OF, { env })).rejects.toThrow(/looks back beyond 2026-05-20/)
        const waiting = `SELECT 1 FROM pg_locks WHERE relation = 'reminders.mails'::regclass AND NOT granted`
        await eventually(async () => expect(await sql(waiting)).not.toEqual([]))
        await beginClearing(db, new Date(AS_OF), new Date('2026-05-20Z'))
      },
      { timeout: 60_000 },
    )
    await refusal
    expect(await sql(`SELECT 1 FROM reminders.mails WHERE state NOT IN ('cancelled', 'discarded')`)).toEqual([])
    await sql('DELETE FROM reminders.clearings')
  }
  expect((await program.runAt(AS_OF)).sweep.counts.emails).toBe(4)
})

test('What still waits, and what was said of an expiry that is to come, stays however old it is', async () => {
  await using program = await openProgram({ rules: { ...SETTING, maxEmailsPerSweep: 3 } })
  const { sql } = program.database
  await insertWarnedCrowd(program, 3)
  await program.runAt(AS_OF)
  // Put off for a year, and told so: that is not over.
  await sql(`UPDATE billing.credit_grants SET expires_at = '2027-05-29Z' WHERE id = 'many_cg_1'`)
  await program.runAt('2026-05-26T12:00:00Z')
  await sql(`DELETE FROM billing.credit_grants`)
  await sql(`DELETE FROM billing.contacts`)
  await sql(`DELETE FROM billing.accounts`)
  await insertWarnedCrowd(program, 4)
  await sql(`UPDATE billing.credit_grants SET expires_at = expires_at + interval '2 hours', id = id || '_new'`)
  expect((await program.runAt('2026-05-27T12:00:00Z')).sweep.heldBecause).not.toBeNull()
  // Planned then, and sent lately; and one that may still be said.
  const ofContact = `WHERE category = 'warning' AND state = 'sent' AND contact_id =`
  await sql(`UPDATE reminders.mails SET sent_at = '2026-11-19Z' ${ofContact} 'many_con_2'`)
  await sql(`UPDATE reminders.mails SET deadline = '2026-11-19Z' ${ofContact} 'many_con_3'`)
  const left = async () => {
    await clearAt(program, LATER)
    return sql(`SELECT category, state, count(*)::int AS mails FROM reminders.mails GROUP BY 1, 2 ORDER BY 1, 2`)
  }
  const waiting = [
    { category: 'correction', state: 'sent', mails: 1 },
    { category: 'warning', state: 'held', mails: 4 },
  ]
  expect(await left()).toEqual([...waiting, { category: 'warning', state: 'sent', mails: 2 }])
  await sql(`UPDATE reminders.mails SET sent_at = '${AS_OF}', deadline = '2026-05-30Z' WHERE state = 'sent'`)
  expect(await left()).toEqual(waiting)
  expect((await auditLedger(program.database.db, null)).findings).toEqual([])
})

test('A role that may not delete is told the one statement that is missing, by doctor and before anything is sent; with it, it removes', async () => {
  await using program = await openProgram({ rules: SETTING })
  const { sql, url } = program.database
  await insertWarnedCrowd(program, 2)
  await program.runAt(AS_OF)
  const role = `app_${randomUUID().replaceAll('-', '')}`
  await sql(`CREATE ROLE ${role} LOGIN PASSWORD 'app';
    GRANT USAGE ON SCHEMA billing, reminders, pgboss, public TO ${role};
    GRANT SELECT ON ALL TABLES IN SCHEMA billing TO ${role};
    GRANT SELECT ON public._prisma_migrations TO ${role};
    GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA reminders TO ${role};
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA reminders TO ${role};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pgboss TO ${role};
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgboss TO ${role}`)
  try {
    const env = { ...program.env, DATABASE_URL: urlAs(url, role, 'app') }
    const lack = /GRANT DELETE ON (reminders\.\w+, ){8}reminders\.sweeps TO app_/
    const found = of('rights', await diagnose(env)).find(({ state }) => state === 'fault')
    expect(`${found?.found}; ${found?.advice}`).toMatch(lack)
    await expect(openForDelivery('run', env)).rejects.toThrow(lack)
    const [statement = ''] = /GRANT DELETE ON [^;]+/.exec(found?.advice ?? '') ?? []
    await sql(statement)
    expect(of('rights', await diagnose(env)).map(({ state }) => state)).toEqual(['ok', 'ok', 'ok'])
    await program.runAt(LATER, { env })
    expect(await rowsOf(program)).toMatchObject({ mails: 0 })
    expect(await totalsOf(program)).toMatchObject([{ mails: 2 }])
  } finally {
    await sql(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
  }
})
