import { describe, expect, test } from 'vitest'
import { insertCrowd } from '../support/billing.ts'
import { AS_OF, insertWarnedCrowd } from '../support/company.ts'
import { insertCustomer } from '../support/customer.ts'
import { openProgram } from '../support/program.ts'

describe.concurrent('the first sweep of a ledger', () => {
  test('says what it tells and what history it leaves alone, in the dry run as in the run; the second has none', async () => {
    await using program = await openProgram()
    const { sql } = program.database
    // Three warnings of P7D, whose P30D and P60D had passed; of one grant, younger than that, none had.
    await insertWarnedCrowd(program, 3)
    await sql(`UPDATE billing.credit_grants SET granted_at = '2026-05-20Z' WHERE id = 'many_cg_3'`)
    await insertCustomer(sql, 'late', { grant: { expiresAt: '2026-05-24T12:00:00Z' } })
    // Two that share an address count as one.
    await insertCustomer(sql, 'one', { grant: { expiresAt: '2026-07-20T12:00:00Z' } })
    await insertCustomer(sql, 'two', {
      contact: { email: 'ONE@example.com' },
      grant: { expiresAt: '2026-07-20T12:00:00Z' },
    })
    // History: two by the date that is stated, one by the policy's validity.
    await insertCustomer(sql, 'old', { grant: { expiresAt: '2026-05-18T11:59:59Z' } })
    await insertCustomer(sql, 'older', { grant: { expiresAt: '2016-05-18T11:59:59Z', remaining: '0' } })
    await insertCustomer(sql, 'oldest', { grant: { expiresAt: null, grantedAt: '2024-05-18T00:00:00Z' } })
    await insertCustomer(sql, 'never', { grant: { expiresAt: null, grantedAt: '2014-05-18T00:00:00Z', kind: 'gift' } })

    const first = {
      warnings: 5,
      finalNotices: 1,
      addresses: 5,
      pastEarlierStages: 3,
      olderExpiries: 3,
      expiredWithin: 'P7D',
    }
    const foreseen = await program.dryRunAt(AS_OF)
    expect(foreseen).toMatchObject({ held: null, firstSweep: first })
    const { sweep } = await program.runAt(AS_OF)
    expect(sweep.first).toEqual(first)
    expect(program.sink.mails).toHaveLength(first.warnings + first.finalNotices)

    expect((await program.dryRunAt(AS_OF)).firstSweep).toBeNull()
    expect((await program.runAt(AS_OF)).sweep.first).toBeNull()
  })

  test('is no other after one that found nothing due, nor after one that is held', async () => {
    await using empty = await openProgram()
    expect((await empty.runAt(AS_OF)).sweep.first).toMatchObject({ warnings: 0, addresses: 0, olderExpiries: 0 })
    expect((await empty.runAt(AS_OF)).sweep.first).toBeNull()

    await using held = await openProgram({ rules: { maxEmailsPerSweep: 0 } })
    await insertWarnedCrowd(held, 1)
    expect((await held.runAt(AS_OF)).sweep).toMatchObject({ heldBecause: expect.any(String), first: { warnings: 1 } })
    expect((await held.runAt(AS_OF)).sweep.first).toBeNull()
  })

  test('counts history up to a hundred thousand, and no further', async () => {
    await using program = await openProgram()
    const past = { expiresFrom: new Date('2016-01-01Z'), expiresTo: new Date('2026-01-01Z') }
    await insertCrowd(program.database.sql, { ...past, count: 100_001, grantedAt: new Date('2015-01-01Z') })
    expect((await program.dryRunAt(AS_OF)).firstSweep).toMatchObject({ warnings: 0, olderExpiries: 100_000 })
  })
})
