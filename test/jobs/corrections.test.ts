import { writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { arrivalsAt, insertCustomer } from '../support/customer.ts'
import { openProgram, type Program } from '../support/program.ts'

const WARNED_AT = '2026-05-25T12:00:00Z'
const NEXT_DAY = '2026-05-26T12:00:00Z'

/** Moves the expiry of a customer's credits, which is EXPIRY at first. */
function move({ database }: Program, name: string, expiresAt: string | null): Promise<unknown> {
  return database.sql('UPDATE billing.credit_grants SET expires_at = $2 WHERE id = $1', [`cg_${name}`, expiresAt])
}

/** A dry run, a run that does the same, and another one that adds nothing; how many mails went out. */
async function settle(program: Program, instant: string): Promise<number> {
  const foreseen = await program.dryRunAt(instant)
  const before = (await program.ledgerMails('sent')).length
  const { delivered, unfinished } = await program.runAt(instant)
  expect(unfinished).toBe(0)
  const told = (await program.ledgerMails('sent')).slice(before)
  expect(told).toEqual(foreseen.emails)
  expect((await program.runAt(instant)).sweep.counts.emails).toBe(0)
  return delivered.sent
}

const lastArrival = async ({ sink }: Program) => (await arrivalsAt(sink)).at(-1)

describe.concurrent('When an expiry that was told of moves to later', () => {
  test('its reader is told once, with both dates; and of each further move again', async () => {
    await using program = await openProgram()
    await insertCustomer(program.database.sql, 'ana')
    expect(await settle(program, WARNED_AT)).toBe(1)
    await move(program, 'ana', '2026-12-01T12:00:00Z')
    expect(await settle(program, NEXT_DAY)).toBe(1)
    expect(await lastArrival(program)).toMatchObject({
      to: 'ana@example.com',
      subject: '$18.00 in credits can be used until Dec 1, 2026',
      lines: ['$18.00 - Pack of ana, until 12:00 UTC on Tuesday, December 1, 2026 (before: Jun 1, 2026)'],
    })
    expect(await settle(program, '2026-05-27T12:00:00Z')).toBe(0)
    await move(program, 'ana', '2027-12-01T12:00:00Z')
    expect(await settle(program, '2026-05-28T12:00:00Z')).toBe(1)
    expect(await lastArrival(program)).toMatchObject({ lines: [expect.stringContaining('(before: Dec 1, 2026)')] })
    // Back to what was said first: no good news, and the rungs ahead are the usual ones.
    await move(program, 'ana', '2026-06-01T12:00:00Z')
    expect(await settle(program, '2026-05-29T12:00:00Z')).toBe(0)
    expect(await settle(program, '2026-05-31T12:00:00Z')).toBe(1)
    expect(await program.ledgerMails('sent')).toMatchObject([
      { category: 'warning', grants: [{ stage: 'P7D' }] },
      { category: 'correction', grants: [{ stage: 'correction', expiresAt: '2026-12-01T12:00:00.000Z' }] },
      { category: 'correction', grants: [{ stage: 'correction', expiresAt: '2027-12-01T12:00:00.000Z' }] },
      { category: 'warning', grants: [{ stage: 'P1D' }] },
    ])
  })

  test('credits that were told to be gone are given back, and such as will never expire say so without a date', async () => {
    await using program = await openProgram()
    const { sql } = program.database
    await insertCustomer(sql, 'ana')
    await insertCustomer(sql, 'bob', { grant: { kind: 'own' } })
    await insertCustomer(sql, 'eve')
    expect(await settle(program, '2026-06-01T13:00:00Z')).toBe(3)
    await move(program, 'ana', '2026-09-01T12:00:00Z')
    await move(program, 'bob', null)
    await move(program, 'eve', 'infinity')
    await sql(`UPDATE billing.credit_grants SET remaining = 0 WHERE id = 'cg_eve'`)
    expect(await settle(program, '2026-06-02T13:00:00Z')).toBe(2)
    const sent = (await program.ledgerMails('sent')).slice(3)
    expect(sent).toMatchObject([
      { account: 'acc_ana', category: 'correction', grants: [{ expiresAt: '2026-09-01T12:00:00.000Z' }] },
      { account: 'acc_bob', category: 'correction', grants: [{ expiresAt: null }] },
    ])
    const [given, never] = (await arrivalsAt(program.sink)).slice(3).toSorted((a, b) => (a.to < b.to ? -1 : 1))
    expect(given?.lines).toEqual([
      '$18.00 - Pack of ana, until 12:00 UTC on Tuesday, September 1, 2026 (before: Jun 1, 2026)',
    ])
    expect(never).toMatchObject({
      subject: '$18.00 in credits restored, with no expiry',
      lines: ['$18.00 - Pack of bob, Will not expire (before: Jun 1, 2026)'],
    })
    const { text, json } = await program.explain('cg_bob', '2026-06-03T13:00:00Z')
    expect(json).toMatchObject({
      expiresAt: null,
      stages: [{ stage: 'correction', standing: 'sent' }],
      notices: [{ stage: 'expired' }, { stage: 'correction', expiresAt: null }],
    })
    expect(text).not.toContain('9999')
    // Given back and spent, or long after: nothing more.
    expect(await settle(program, '2026-06-20T13:00:00Z')).toBe(0)
  })

  test('a warning of the new date, where one is due, tells it alone', async () => {
    await using program = await openProgram()
    await insertCustomer(program.database.sql, 'ana')
    await program.runAt(WARNED_AT)
    await move(program, 'ana', '2026-06-02T12:00:00Z')
    expect(await settle(program, NEXT_DAY)).toBe(1)
    expect((await program.ledgerMails('sent')).at(-1)).toMatchObject({
      category: 'warning',
      grants: [{ stage: 'P7D' }],
    })
    expect(await settle(program, '2026-05-27T12:00:00Z')).toBe(0)
  })

  test('whoever was not told, signed off, or is told too much gets none, and the dry run says why', async () => {
    await using program = await openProgram({ rules: { maxEmailsPerAddressPerDay: 1 } })
    const { sql } = program.database
    for (const name of ['ana', 'bob', 'eve']) await insertCustomer(sql, name)
    await sql(`UPDATE billing.contacts SET receives_billing_email = false WHERE id = 'con_eve'`)
    await program.runAt(WARNED_AT)
    await sql(`UPDATE billing.contacts SET receives_billing_email = (id <> 'con_bob')`)
    for (const name of ['ana', 'bob', 'eve']) await move(program, name, '2026-12-01T12:00:00Z')
    const early = '2026-05-25T13:00:00Z'
    const { emails, skipped } = await program.dryRunAt(early)
    expect([emails, skipped.map(({ grant, reason }) => `${grant} ${reason}`).toSorted()]).toEqual([
      [],
      ['cg_ana address-limit', 'cg_bob no-billing-contact'],
    ])
    expect(await settle(program, early)).toBe(0)
    const { text } = await program.explain('cg_ana', early)
    expect(text).toMatch(/correction due to a\*\*\*@example\.com \(con_ana\): not sent: .*\(address-limit\)/)
    expect(await settle(program, NEXT_DAY)).toBe(1)
  })

  test('in parts a sweep finds the same as in one piece, and two instances tell it once', async () => {
    await using program = await openProgram()
    const { sql } = program.database
    const names = ['ana', 'bob', 'eve', 'kim', 'lou', 'max']
    for (const name of names) await insertCustomer(sql, name)
    await program.runAt(WARNED_AT)
    for (const name of names.slice(0, 3)) await move(program, name, '2026-12-01T12:00:00Z')
    const foreseen = await program.dryRunAt(NEXT_DAY)
    expect(foreseen.emails).toHaveLength(3)
    const env = { SWEEP_PART_GRANTS: '1' }
    const runs = await Promise.all([program.runAt(NEXT_DAY, { env }), program.runAt(NEXT_DAY, { env })])
    expect(runs.map(({ unfinished }) => unfinished)).toEqual([0, 0])
    const sent = (await program.ledgerMails('sent')).slice(names.length)
    expect(sent.toSorted((a, b) => (a.to < b.to ? -1 : 1))).toEqual(foreseen.emails)
    const counted = await sql<{ emails: number }>('SELECT emails FROM reminders.sweeps ORDER BY emails')
    expect(counted.map(({ emails }) => emails)).toEqual([0, 3, 6])
  })
})

describe.concurrent('A correction is confirmed just before it is built', () => {
  test('what was moved again, spent, voided or told meanwhile does not go out', async () => {
    await using program = await openProgram()
    const { sql } = program.database
    const names = ['again', 'back', 'spent', 'voided', 'soon', 'kept']
    for (const name of names) await insertCustomer(sql, name)
    await program.runAt(WARNED_AT)
    for (const name of names) await move(program, name, '2026-12-01T12:00:00Z')
    await writeFile(
      String(program.env.CREDIT_REMINDERS_CONFIG),
      JSON.stringify({ sendAt: 'anytime', maxEmailsPerSweep: 0 }),
    )
    const { sweep } = await program.runAt(NEXT_DAY)
    expect(sweep.heldBecause).not.toBeNull()
    await move(program, 'again', '2027-08-01T12:00:00Z')
    await move(program, 'back', '2026-06-01T12:00:00Z')
    await move(program, 'soon', '2026-05-26T18:00:00Z')
    await sql(`UPDATE billing.credit_grants SET remaining = 0 WHERE id = 'cg_spent'`)
    await sql(`UPDATE billing.credit_grants SET voided_at = '2026-05-26Z' WHERE id = 'cg_voided'`)
    await program.approve(sweep.id)
    await program.runAt('2026-05-26T12:30:00Z')
    const fates = await sql<{ grant: string; fate: string }>(
      `SELECT grant_id AS grant, coalesce(reason, state) AS fate FROM reminders.notices
        WHERE stage = 'correction' AND expires_at = '2026-12-01 12:00Z' ORDER BY grant_id`,
    )
    expect(Object.fromEntries(fates.map(({ grant, fate }) => [grant, fate]))).toEqual({
      cg_again: 'expiry-moved',
      cg_back: 'expiry-moved',
      cg_kept: 'sent',
      cg_soon: 'expiry-moved',
      cg_spent: 'nothing-remaining',
      cg_voided: 'voided',
    })
  })
})
