import { describe, expect, test } from 'vitest'
import { insertCrowd } from '../support/billing.ts'
import { AS_OF, insertWarnedCrowd } from '../support/company.ts'
import { insertPastSweeps } from '../support/past-sweeps.ts'
import { openProgram, type Program } from '../support/program.ts'

const DAY_MS = 86_400_000
const FAR_EXPIRY = '2027-05-25T12:00:00Z'
const SOON = '2026-05-25T12:15:00Z'

/** Days before `AS_OF` on which sweeps planned so many mails each. */
const insertDays = ({ database }: Program, emails: readonly number[]) =>
  insertPastSweeps(
    database.sql,
    emails.map((count, day) => ({
      asOf: new Date(Date.parse(AS_OF) - (day + 1) * DAY_MS).toISOString(),
      emails: count,
    })),
  )

/** A base whose credits expire in a year, but for the first so many: a mistake, or the truth, has them expire at this moment. */
async function insertBase({ database: { sql } }: Program, size: number, expiringNow = size): Promise<void> {
  await insertCrowd(sql, { count: size, expiresFrom: new Date(FAR_EXPIRY), expiresTo: new Date(FAR_EXPIRY) })
  await sql(`UPDATE billing.credit_grants SET expires_at = $1 WHERE substr(id, 9)::int <= $2`, [AS_OF, expiringNow])
}

/** What the dry run foretells and then a run does, which is the same; and how many mails arrived. */
async function verdictAt(program: Program, instant: string) {
  const { held, emails } = await program.dryRunAt(instant)
  const { sweep, delivered } = await program.runAt(instant)
  expect(held?.reason ?? null).toBe(sweep.heldBecause)
  expect(emails).toHaveLength(sweep.counts.emails)
  expect(delivered.sent).toBe(sweep.heldBecause === null ? sweep.counts.emails : 0)
  expect(program.sink.mails).toHaveLength(delivered.sent)
  return sweep.heldBecause
}

describe.concurrent('a sweep against the recent ones', () => {
  const rules = { maxGrowth: 2.55 }
  test.each([
    [101, null],
    [102, null],
    [103, '103 mails planned, more than maxGrowth (2.55) times the median of the recent sweeps (40)'],
  ])('Where 40 mails a day were usual and 2.55 times that is the limit, %i mails: %s', async (mails, reason) => {
    await using program = await openProgram({ rules })
    await insertDays(program, [40, 5000, 40, 1, 40])
    await insertWarnedCrowd(program, mails)
    expect(await verdictAt(program, AS_OF)).toBe(reason)
  })

  test('Where a handful was usual, 100 mails go out and 101 are held', async () => {
    await using program = await openProgram()
    await insertDays(program, [2, 2, 2, 2, 2])
    await insertWarnedCrowd(program, 101)
    await program.database.sql(`UPDATE billing.credit_grants SET remaining = 0 WHERE id = 'many_cg_101'`)
    const foreseen = await program.dryRunAt(AS_OF)
    expect([foreseen.emails.length, foreseen.held]).toEqual([100, null])
    await program.database.sql(`UPDATE billing.credit_grants SET remaining = 1`)
    expect(await verdictAt(program, AS_OF)).toContain('101 mails planned, more than maxGrowth (5)')
  })

  test('Held ones, which nobody approved, make no growth usual; approved ones do', async () => {
    await using program = await openProgram({ rules: { maxGrowth: 2 } })
    const { sql } = program.database
    await insertDays(program, [50, 50, 50, 50, 50])
    const held: string[] = []
    // Each day a new crowd of 110.
    for (const day of [0, 1, 2, 3, 4, 5]) {
      const expiresFrom = new Date(Date.parse(AS_OF) + (6 + day) * DAY_MS + 3_600_000)
      await insertCrowd(sql, { count: 110, expiresFrom, expiresTo: expiresFrom, prefix: `day${day}` })
    }
    const dayAt = (day: number) => new Date(Date.parse(AS_OF) + day * DAY_MS).toISOString()
    await sql(`UPDATE billing.credit_grants SET granted_at = expires_at - interval '8 days'`)
    for (const day of [0, 1, 2, 3, 4]) {
      const { sweep } = await program.runAt(dayAt(day))
      expect([sweep.counts.emails, sweep.heldBecause]).toEqual([110, expect.stringContaining('sweeps (50)')])
      held.push(sweep.id)
    }
    expect(program.sink.mails).toEqual([])
    for (const id of held) await program.approve(id)
    const { sweep, delivered } = await program.runAt(dayAt(5))
    expect([sweep.counts.emails, sweep.heldBecause]).toEqual([110, null])
    expect(delivered.sent).toBe(6 * 110)
  })
})

describe.concurrent('a sweep that tells of ends, against all addresses', () => {
  test.each([
    [104, null],
    [105, null],
    [106, '106 of 525 addresses would be told that credits are gone, more than maxGoneShare (0.2)'],
  ])('Of 525 addresses, %i would be told that credits are gone: %s', async (gone, reason) => {
    await using program = await openProgram()
    await insertBase(program, 525, gone)
    expect(await verdictAt(program, AS_OF)).toBe(reason)
  })

  test.each([
    [100, null],
    [101, '101 of 101 addresses would be told that credits are gone, more than maxGoneShare (0.2)'],
  ])('Of a base of %i, all of whose credits are gone: %s', async (size, reason) => {
    await using program = await openProgram()
    await insertBase(program, size)
    expect(await verdictAt(program, AS_OF)).toBe(reason)
  })

  test('An address of many accounts counts once', async () => {
    await using program = await openProgram({ rules: { maxEmailsPerAddressPerDay: 1000 } })
    await insertBase(program, 600, 119)
    await program.database.sql(
      `UPDATE billing.contacts SET email = 'Agency@example.com' WHERE substr(id, 10)::int <= 119`,
    )
    expect(await verdictAt(program, AS_OF)).toBeNull()
  })
})

test('A mistake that lets everybody expire at once tells nobody; mended, then approved, it still tells nobody', async () => {
  await using program = await openProgram()
  const { sql } = program.database
  await insertBase(program, 150)
  const reason = '150 of 150 addresses would be told that credits are gone, more than maxGoneShare (0.2)'
  expect(await verdictAt(program, AS_OF)).toBe(reason)
  // A later sweep neither lets the held mails out nor plans them a second time; nor does its dry run.
  expect(await program.dryRunAt(SOON)).toMatchObject({ emails: [], held: null })
  const later = await program.runAt(SOON)
  expect(later.sweep).toMatchObject({
    heldBecause: null,
    dispatched: 0,
    counts: { emails: 0, skipped: { 'awaiting-delivery': 150 } },
  })
  expect(program.sink.connections.total()).toBe(0)

  await sql(`UPDATE billing.credit_grants SET expires_at = $1`, [FAR_EXPIRY])
  const [held] = await sql<{ id: string }>(`SELECT id FROM reminders.sweeps WHERE state = 'held'`)
  await program.approve(held?.id ?? '')
  expect((await program.dryRunAt(SOON)).emails).toEqual([])
  const approved = await program.runAt(SOON)
  expect(approved).toMatchObject({ delivered: { sent: 0, cancelled: 150 }, unfinished: 0 })
  expect(await sql(`SELECT DISTINCT state, reason FROM reminders.notices`)).toEqual([
    { state: 'dropped', reason: 'expiry-moved' },
  ])
  expect(program.sink.mails).toEqual([])
  // Of the true expiry, everybody is warned in time.
  const warned = await program.runAt('2027-05-20T12:00:00Z')
  expect(warned).toMatchObject({ sweep: { heldBecause: null }, delivered: { sent: 150 } })
})

test('A sweep that is planned in parts is judged as a whole, and is the first one as a whole', async () => {
  await using program = await openProgram()
  const { sql } = program.database
  await insertBase(program, 150, 149)
  await sql(`UPDATE billing.contacts SET email = 'shared@example.com' WHERE id IN ('many_con_1', 'many_con_149')`)
  const foreseen = await program.dryRunAt(AS_OF)
  const { sweep } = await program.runAt(AS_OF, { env: { SWEEP_PART_GRANTS: '20' } })
  expect(await sql(`SELECT count(*)::int AS parts FROM reminders.sweep_parts`)).toEqual([{ parts: 8 }])
  expect(sweep.heldBecause).toContain('148 of 149 addresses would be told')
  expect(sweep.heldBecause).toBe(foreseen.held?.reason)
  expect(sweep.first).toEqual(foreseen.firstSweep)
  expect(sweep.first).toMatchObject({ finalNotices: 149, addresses: 148 })
  expect(program.sink.connections.total()).toBe(0)
})

test('A sweep held by its growth goes out, once approved, to those for whom it still is true', async () => {
  await using program = await openProgram()
  const { sql } = program.database
  await insertDays(program, [10, 10, 10, 10, 10])
  await insertWarnedCrowd(program, 120)
  const { sweep } = await program.runAt(AS_OF)
  expect(sweep.heldBecause).toContain('maxGrowth (5)')
  const changes = [
    `UPDATE billing.credit_grants SET remaining = 0 WHERE id = 'many_cg_1'`,
    `UPDATE billing.credit_grants SET voided_at = '2026-05-25Z' WHERE id = 'many_cg_2'`,
    `UPDATE billing.credit_grants SET expires_at = '2027-01-01Z' WHERE id = 'many_cg_3'`,
    `UPDATE billing.credit_grants SET expires_at = '2026-05-25T12:10:00Z' WHERE id = 'many_cg_4'`,
    `INSERT INTO reminders.unsubscriptions VALUES ('many_con_5', 'many_acc_5')`,
  ]
  for (const change of changes) await sql(change)
  await program.approve(sweep.id)
  const foreseen = await program.dryRunAt(SOON)
  const { delivered } = await program.runAt(SOON)
  // Whose credits expired meanwhile is told of that in its stead.
  expect(delivered).toMatchObject({ sent: 116, cancelled: 5 })
  const { emails } = foreseen
  expect(emails.map(({ to }) => to).toSorted()).toEqual(
    program.sink.mails.flatMap(({ envelope }) => envelope.to).toSorted(),
  )
  expect(emails.filter(({ category }) => category === 'expired').map(({ to }) => to)).toEqual(['many4@example.com'])
  const dropped = `SELECT grant_id AS grant, reason FROM reminders.notices WHERE state = 'dropped' ORDER BY grant_id`
  expect(await sql(dropped)).toEqual([
    { grant: 'many_cg_1', reason: 'nothing-remaining' },
    { grant: 'many_cg_2', reason: 'voided' },
    { grant: 'many_cg_3', reason: 'expiry-moved' },
    { grant: 'many_cg_4', reason: 'expiry-moved' },
    { grant: 'many_cg_5', reason: 'unsubscribed' },
  ])
})
