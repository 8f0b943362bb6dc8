import { writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { openForDelivery } from '../../src/compose.ts'
import { noProgress } from '../../src/jobs/progress.ts'
import { helpWithParts } from '../../src/jobs/split-sweep.ts'
import { sweep } from '../../src/jobs/sweep.ts'
import { abandonSplit } from '../../src/store/split-sweeps.ts'
import { lockSweeps } from '../../src/store/sweep-ledger.ts'
import { insertAccount, insertContact, insertGrant } from '../support/billing.ts'
import { AS_OF, crowdAddresses, insertWarnedCrowd } from '../support/company.ts'
import { openProgram, type Program } from '../support/program.ts'

const MANY = 45
const IN_PARTS = { SWEEP_PART_GRANTS: '10' }
const LATER = '2026-05-25T13:00:00Z'
const EXPIRY = '2026-05-30T00:00:00Z'

const NEVER = new AbortController().signal

const addressesOf = ({ sink }: Program) => sink.mails.flatMap(({ envelope }) => envelope.to).toSorted()

const statesOf = ({ database }: Program) =>
  database.sql(`SELECT state, count(*)::int AS mails FROM reminders.mails GROUP BY state ORDER BY state`)

const partsOf = async ({ database }: Program) => {
  const rows = await database.sql<{ state: string }>(
    'SELECT state FROM reminders.sweep_parts ORDER BY sweep_id, number',
  )
  return rows.map(({ state }) => state)
}

async function setUp(rules: object = {}): Promise<Program> {
  const program = await openProgram({ rules })
  await insertWarnedCrowd(program, MANY)
  return program
}

/** As a process leaves it that dies after its sweep was parted, and one part planned. */
async function leaveHalfPlanned(program: Program, id: string): Promise<void> {
  await using setting = await openForDelivery('run', { ...program.env, ...IN_PARTS })
  const killed = new Error('killed')
  let parts = 0
  const progress = {
    ...noProgress('planning'),
    advance: () => {
      parts += 1
      // In the second part, which is undone by it.
      if (parts > 11) throw killed
    },
  }
  const order = { id, asOf: new Date(AS_OF) }
  await expect(sweep({ ...setting, openProgress: () => progress }, order)).rejects.toThrow(killed)
  expect((await partsOf(program)).filter((state) => state === 'planned')).toHaveLength(1)
}

describe.concurrent('a sweep of a large base', () => {
  test('is planned in parts, and sends what the dry run says, as one in one piece does', async () => {
    await using parted = await setUp()
    await using whole = await setUp()
    const foreseen = await parted.dryRunAt(AS_OF, IN_PARTS)
    const run = await parted.runAt(AS_OF, { env: IN_PARTS })
    expect(await partsOf(parted)).toEqual(new Array(5).fill('planned'))
    const { counts, heldBecause, first } = (await whole.runAt(AS_OF)).sweep
    expect(await partsOf(whole)).toEqual([])
    expect(run).toMatchObject({ unfinished: 0, sweep: { counts, heldBecause, first }, delivered: { sent: MANY } })
    expect(addressesOf(parted)).toEqual(crowdAddresses(MANY))
    expect(foreseen.emails.map(({ to }) => to).toSorted()).toEqual(crowdAddresses(MANY))
    expect((await parted.runAt(LATER, { env: IN_PARTS })).sweep.counts.emails).toBe(0)
    expect(parted.sink.mails).toHaveLength(MANY)
  })

  test('keeps to the limit of an address that accounts of several parts share', async () => {
    await using program = await setUp()
    await program.database.sql(`UPDATE billing.contacts SET email = 'shared@example.com' WHERE id ~ '[05]$'`)
    const foreseen = await program.dryRunAt(AS_OF)
    const { sweep: swept } = await program.runAt(AS_OF, { env: IN_PARTS })
    expect(addressesOf(program)).toEqual(foreseen.emails.map(({ to }) => to).toSorted())
    expect(addressesOf(program).filter((to) => to === 'shared@example.com')).toHaveLength(4)
    expect(swept.counts).toMatchObject({ emails: MANY - 5, notices: MANY - 5, skipped: { 'address-limit': 5 } })
    const limited = foreseen.skipped.map(({ grant }) => grant).toSorted()
    const decisions = await program.decisions()
    expect(limited.map((grant) => decisions[grant])).toEqual(new Array(5).fill('address-limit'))
    expect(await statesOf(program)).toEqual([
      { state: 'cancelled', mails: 5 },
      { state: 'sent', mails: MANY - 5 },
    ])
  })

  test('is held as a whole: nothing of any part leaks, and all of it goes out when approved', async () => {
    await using program = await setUp({ maxEmailsPerSweep: MANY - 1 })
    const id = 'sweep-held'
    const { sweep: held } = await program.runAt(AS_OF, { id, env: IN_PARTS })
    expect(held.heldBecause).toContain('maxEmailsPerSweep')
    expect(await statesOf(program)).toEqual([{ state: 'held', mails: MANY }])
    expect(program.sink.mails).toHaveLength(0)
    await program.approve(id)
    expect(await program.runAt(LATER, { env: IN_PARTS })).toMatchObject({ delivered: { sent: MANY } })
    expect(addressesOf(program)).toEqual(crowdAddresses(MANY))
  })

  test('is held without the mails above the limit of an address, which stay taken back when it is approved', async () => {
    await using program = await setUp({ maxEmailsPerSweep: MANY - 6 })
    await program.database.sql(`UPDATE billing.contacts SET email = 'shared@example.com' WHERE id ~ '[05]$'`)
    const id = 'sweep-held'
    const { sweep: held } = await program.runAt(AS_OF, { id, env: IN_PARTS })
    expect(held).toMatchObject({ counts: { emails: MANY - 5, skipped: { 'address-limit': 5 } } })
    expect(await statesOf(program)).toEqual([
      { state: 'cancelled', mails: 5 },
      { state: 'held', mails: MANY - 5 },
    ])
    await program.approve(id)
    expect(await program.runAt(LATER, { env: IN_PARTS })).toMatchObject({
      unfinished: 0,
      delivered: { sent: MANY - 5 },
    })
  })

  test('keeps the reason of a grant once for as long as it stays, also where the limit of an address is that', async () => {
    await using program = await setUp({ maxEmailsPerAddressPerDay: 1 })
    await program.database.sql(`UPDATE billing.contacts SET email = 'shared@example.com' WHERE id ~ '[05]$'`)
    await program.runAt(AS_OF, { env: IN_PARTS })
    await program.database.sql(`UPDATE reminders.mails SET sent_at = sent_at - interval '2 days' WHERE state = 'sent'`)
    const kept = await program.database.sql('SELECT count(*)::int AS kept FROM reminders.decisions')
    await program.runAt(LATER, { env: IN_PARTS })
    const keptLater = await program.database.sql(
      `SELECT count(*)::int AS kept FROM reminders.decisions WHERE reason = 'address-limit'`,
    )
    expect([kept, keptLater]).toEqual([[{ kept: 8 }], [{ kept: 8 }]])
  })

  test('takes a grant for invalid that occurs in accounts of several parts, and tells nobody of it', async () => {
    await using program = await setUp()
    await program.database.sql(`
      ALTER TABLE billing.credit_grants RENAME TO stored_grants;
      CREATE VIEW billing.credit_grants AS
        SELECT * FROM billing.stored_grants UNION ALL
        SELECT id, 'many_acc_9' AS account_id, kind, name, unit, amount, remaining, priority, granted_at, effective_at,
               expires_at, voided_at, expired_amount
          FROM billing.stored_grants WHERE id = 'many_cg_1'`)
    const foreseen = await program.dryRunAt(AS_OF)
    await program.runAt(AS_OF, { env: IN_PARTS })
    expect(await partsOf(program)).toEqual(new Array(5).fill('planned'))
    expect(addressesOf(program)).toEqual(crowdAddresses(MANY).filter((to) => to !== 'many1@example.com'))
    expect(foreseen.skipped).toMatchObject([{ grant: 'many_cg_1', reason: 'invalid-row' }])
    expect(await program.decisions()).toEqual({ many_cg_1: 'invalid-row' })
  })

  test('looks at each account once, whatever the type and the order of its ids', async () => {
    await using program = await setUp()
    const mixed = (id: string) =>
      `(CASE WHEN right(${id}, 1) IN ('1', '4', '7') THEN upper(${id}) ELSE ${id} END)::citext`
    await program.database.sql(`
      CREATE EXTENSION citext;
      ALTER TABLE billing.credit_grants RENAME TO stored_grants;
      ALTER TABLE billing.accounts RENAME TO stored_accounts;
      ALTER TABLE billing.contacts RENAME TO stored_contacts;
      CREATE VIEW billing.accounts AS
        SELECT ${mixed('id')} AS id, name, time_zone, locale, closed_at FROM billing.stored_accounts;
      CREATE VIEW billing.contacts AS
        SELECT id, ${mixed('account_id')} AS account_id, email, name, locale, time_zone, receives_billing_email
          FROM billing.stored_contacts;
      CREATE VIEW billing.credit_grants AS
        SELECT id, ${mixed('account_id')} AS account_id, kind, name, unit, amount, remaining, priority, granted_at,
               effective_at, expires_at, voided_at, expired_amount FROM billing.stored_grants`)
    const run = await program.runAt(AS_OF, { env: IN_PARTS })
    expect(await partsOf(program)).toEqual(new Array(5).fill('planned'))
    expect(run.sweep.counts).toEqual({ examined: MANY, emails: MANY, notices: MANY, skipped: {} })
    expect(addressesOf(program)).toEqual(crowdAddresses(MANY))
  })

  test('looks at grants whose account is missing, or has no id', async () => {
    await using program = await setUp()
    const { sql } = program.database
    await sql('ALTER TABLE billing.credit_grants ALTER account_id DROP NOT NULL')
    await insertAccount(sql)
    await insertContact(sql)
    await insertGrant(sql, { id: 'cg_here', expiresAt: EXPIRY })
    await insertGrant(sql, { id: 'cg_nowhere', accountId: 'zzz', expiresAt: EXPIRY })
    await sql(`INSERT INTO billing.credit_grants
      SELECT 'cg_of_nobody', NULL, kind, name, unit, amount, remaining, priority, granted_at, effective_at, expires_at
        FROM billing.credit_grants WHERE id = 'cg_here'`)
    const foreseen = await program.dryRunAt(AS_OF)
    expect(await program.runAt(AS_OF, { env: IN_PARTS })).toMatchObject({ delivered: { sent: MANY + 1 } })
    expect((await partsOf(program)).length).toBeGreaterThan(1)
    const reasons = Object.fromEntries(foreseen.skipped.map(({ grant, reason }) => [grant, reason]))
    expect(await program.decisions()).toEqual(reasons)
    expect(Object.keys(reasons).toSorted()).toEqual(['cg_nowhere', 'cg_of_nobody'])
  })
})

describe.concurrent('a sweep that was left half planned', () => {
  test('has sent nothing, and is finished by whoever sweeps next, before that one’s own', async () => {
    await using program = await setUp()
    await leaveHalfPlanned(program, 'sweep-left')
    expect((await statesOf(program)).map(({ state }) => state)).toEqual(['held'])
    const run = await program.runAt(LATER, { id: 'sweep-next', env: IN_PARTS })
    expect(run).toMatchObject({ unfinished: 0, sweep: { id: 'sweep-next', counts: { emails: 0 } } })
    expect(addressesOf(program)).toEqual(crowdAddresses(MANY))
    const sweeps = await program.database.sql('SELECT id, state, emails FROM reminders.sweeps ORDER BY as_of')
    expect(sweeps).toEqual([
      { id: 'sweep-left', state: 'planned', emails: MANY },
      { id: 'sweep-next', state: 'planned', emails: 0 },
    ])
  })

  test('is given up where the rules have changed, and all of it is planned anew by these', async () => {
    await using program = await setUp()
    await leaveHalfPlanned(program, 'sweep-left')
    await writeFile(String(program.env.CREDIT_REMINDERS_CONFIG), JSON.stringify({ sendAt: 'anytime', locale: 'en-GB' }))
    expect(await program.runAt(LATER, { env: IN_PARTS })).toMatchObject({ unfinished: 0, delivered: { sent: MANY } })
    expect(addressesOf(program)).toEqual(crowdAddresses(MANY))
    const [left] = await program.database.sql(`SELECT state FROM reminders.sweeps WHERE id = 'sweep-left'`)
    expect(left).toEqual({ state: 'abandoned' })
  })

  test('is planned anew by its own slot too, where it is tried again under other rules, and tells of it as the first', async () => {
    await using program = await setUp()
    await leaveHalfPlanned(program, 'slot')
    await writeFile(String(program.env.CREDIT_REMINDERS_CONFIG), JSON.stringify({ sendAt: 'anytime', locale: 'en-GB' }))
    const run = await program.runAt(AS_OF, { id: 'slot', env: IN_PARTS })
    expect(run).toMatchObject({ delivered: { sent: MANY }, sweep: { id: 'slot+1', counts: { emails: MANY } } })
    expect(run.sweep.first).toMatchObject({ warnings: MANY })
    expect(await program.database.sql('SELECT id, state FROM reminders.sweeps ORDER BY started_at')).toEqual([
      { id: 'slot', state: 'abandoned' },
      { id: 'slot+1', state: 'planned' },
    ])
  })

  test('goes out with the next run, and the dry run beside it says so', async () => {
    await using program = await setUp()
    await leaveHalfPlanned(program, 'sweep-left')
    const foreseen = await program.dryRunAt(AS_OF)
    await program.runAt(AS_OF, { env: IN_PARTS })
    expect(foreseen.emails.map(({ to }) => to).toSorted()).toEqual(crowdAddresses(MANY))
    expect(addressesOf(program)).toEqual(crowdAddresses(MANY))
    expect(foreseen.skipped).toEqual([])
  })

  test('counts for the limits of a dry run beside it, which says that the next run is held', async () => {
    await using program = await setUp({ maxEmailsPerSweep: MANY - 1 })
    await leaveHalfPlanned(program, 'sweep-left')
    const foreseen = await program.dryRunAt(AS_OF)
    expect(foreseen.held?.reason).toContain(`${MANY} mails`)
    expect(foreseen.emails).toHaveLength(MANY)
  })

  test('counts for them with its corrections, too', async () => {
    await using program = await setUp()
    const { sql } = program.database
    await program.runAt(AS_OF)
    // Within reach, so that the sweep is large; but no rung of it is due.
    await sql(`UPDATE billing.credit_grants SET expires_at = '2026-07-25T12:00:00Z'`)
    const rules = { sendAt: 'anytime', maxEmailsPerSweep: MANY - 1 }
    await writeFile(String(program.env.CREDIT_REMINDERS_CONFIG), JSON.stringify(rules))
    await leaveHalfPlanned(program, 'sweep-left')
    const foreseen = await program.dryRunAt(AS_OF)
    expect(foreseen.emails.map(({ category }) => category)).toEqual(new Array(MANY).fill('correction'))
    expect(foreseen.held?.reason).toContain(`${MANY} mails`)
  })

  test('is nothing to a dry run by other rules, which plans all of it anew', async () => {
    await using program = await setUp()
    await leaveHalfPlanned(program, 'sweep-left')
    await writeFile(String(program.env.CREDIT_REMINDERS_CONFIG), JSON.stringify({ sendAt: 'anytime', locale: 'en-GB' }))
    const foreseen = await program.dryRunAt(AS_OF)
    expect(foreseen.emails.map(({ to }) => to).toSorted()).toEqual(crowdAddresses(MANY))
    await program.runAt(AS_OF, { env: IN_PARTS })
    expect(await program.ledgerMails('sent')).toEqual(expect.arrayContaining(foreseen.emails))
  })

  test('is told of by whoever finishes it, and so is that it waits for a person', async () => {
    await using program = await setUp({ maxEmailsPerSweep: MANY - 1 })
    await leaveHalfPlanned(program, 'sweep-left')
    const { finished, sweep: own } = await program.runAt(LATER, { env: IN_PARTS })
    expect(finished).toMatchObject([{ id: 'sweep-left', heldBecause: expect.any(String), first: { warnings: MANY } }])
    expect(own).toMatchObject({ heldBecause: null, first: null, counts: { emails: 0 } })
  })

  test('is no work for a process that may write to others than the one that began it', async () => {
    await using program = await setUp()
    await leaveHalfPlanned(program, 'sweep-left')
    const env = { ...program.env, ...IN_PARTS, ALLOWED_RECIPIENTS: 'many1@example.com' }
    await using setting = await openForDelivery('run', env)
    await helpWithParts({ ...setting, openProgress: noProgress }, 'sweep-left', NEVER)
    expect((await partsOf(program)).filter((state) => state === 'planned')).toHaveLength(1)
  })

  test('is no work for others once it is finished', async () => {
    await using program = await setUp()
    await program.runAt(AS_OF, { id: 'sweep-done', env: IN_PARTS })
    await using setting = await openForDelivery('run', { ...program.env, ...IN_PARTS })
    await helpWithParts({ ...setting, openProgress: noProgress }, 'sweep-done', NEVER)
    expect(await statesOf(program)).toEqual([{ state: 'sent', mails: MANY }])
  })
})

test('Several processes plan the parts of a sweep side by side, and each part is planned once', async () => {
  await using program = await setUp()
  await leaveHalfPlanned(program, 'sweep-shared')
  await using setting = await openForDelivery('run', { ...program.env, ...IN_PARTS })
  const sweeping = { ...setting, openProgress: noProgress }
  const helping = [1, 2, 3].map(() => helpWithParts(sweeping, 'sweep-shared', NEVER))
  const [outcome] = await Promise.all([sweep(sweeping, { id: 'sweep-shared', asOf: new Date(AS_OF) }), ...helping])
  expect(outcome).toMatchObject({ counts: { emails: MANY, examined: MANY }, dispatched: MANY })
  expect(await partsOf(program)).toEqual(new Array(5).fill('planned'))
  const [found] = await program.database.sql('SELECT count(*)::int AS notices FROM reminders.notices')
  expect(found).toEqual({ notices: MANY })
})

test('A process that comes back and finds its sweep given up plans it anew, and nobody is told twice', async () => {
  await using program = await setUp()
  await using setting = await openForDelivery('run', { ...program.env, ...IN_PARTS })
  const { db } = setting
  let givingUp: Promise<void> | null = null
  const progress = {
    ...noProgress('planning'),
    advance: () => {
      givingUp ??= db.$transaction(async (tx) => {
        await lockSweeps(tx)
        await abandonSplit(tx, 'slot', new Date(AS_OF))
      })
    },
  }
  const outcome = await sweep({ ...setting, openProgress: () => progress }, { id: 'slot', asOf: new Date(AS_OF) })
  await givingUp
  expect(outcome).toMatchObject({ id: 'slot+1', counts: { emails: MANY }, dispatched: MANY })
  expect((await statesOf(program)).find(({ state }) => state === 'queued')).toEqual({ state: 'queued', mails: MANY })
})

test('A process of other rules waits for a sweep that somebody is planning, and gives it not up', async () => {
  await using program = await setUp()
  const config = `${program.env.CREDIT_REMINDERS_CONFIG}.other.yaml`
  await writeFile(config, JSON.stringify({ sendAt: 'anytime', locale: 'en-GB' }))
  await using setting = await openForDelivery('run', { ...program.env, ...IN_PARTS })
  await using other = await openForDelivery('run', { ...program.env, ...IN_PARTS, CREDIT_REMINDERS_CONFIG: config })
  const order = { id: 'sweep-begun', asOf: new Date(AS_OF) }
  let waiting: ReturnType<typeof sweep> | null = null
  const progress = {
    ...noProgress('planning'),
    advance: () => {
      waiting ??= sweep({ ...other, openProgress: noProgress }, { id: 'sweep-other', asOf: new Date(AS_OF) })
    },
  }
  expect(await sweep({ ...setting, openProgress: () => progress }, order)).toMatchObject({ counts: { emails: MANY } })
  expect(await waiting).toMatchObject({ id: 'sweep-other', counts: { emails: 0 } })
  const states = await program.database.sql('SELECT DISTINCT state FROM reminders.sweeps')
  expect(states).toEqual([{ state: 'planned' }])
})
