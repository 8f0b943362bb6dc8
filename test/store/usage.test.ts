import { afterAll, describe, expect, test } from 'vitest'
import { readHoldings } from '../../src/store/holdings.ts'
import { canReadUsage, readUsage } from '../../src/store/usage.ts'
import { insertAccount, insertGrant, insertUsage } from '../support/billing.ts'
import { testDatabase } from '../support/database.ts'

const database = await testDatabase()
afterAll(database.drop)
const { db, sql } = database

/** In the middle of a day; the 28 days before it are those from 27 April to 24 May. */
const NOW = new Date('2026-05-25T12:00:00Z')

/** What was used by an account of units. */
async function usageOf(accountId: string, units: readonly string[] = ['USD']) {
  const usage = await readUsage(db, new Map([[accountId, new Set(units)]]), NOW)
  return Object.fromEntries(usage.get(accountId) ?? [])
}

describe('what was used', () => {
  test('is the sum of the last 28 whole days, corrections set off; the day that has begun does not count', async () => {
    await insertUsage(sql, { accountId: 'whole', perDay: '0.10', from: '2026-04-26', to: '2026-05-25' })
    await sql(
      `UPDATE billing.credit_usage SET amount = 1000 WHERE account_id = 'whole' AND day IN ('2026-04-26', '2026-05-25')`,
    )
    await sql(`UPDATE billing.credit_usage SET amount = -0.30 WHERE account_id = 'whole' AND day = '2026-05-10'`)
    expect(await usageOf('whole')).toEqual({ USD: '2.40' })
  })

  test('is known by unit, and of units that nobody asked for nothing has to be known', async () => {
    await insertUsage(sql, { accountId: 'units', perDay: '1', from: '2026-05-24', to: '2026-05-24' })
    await insertUsage(sql, { accountId: 'units', unit: 'credits', perDay: '70', from: '2026-05-01', to: '2026-05-02' })
    expect(await usageOf('units', ['credits', 'tokens', 'USD'])).toEqual({ USD: '1', credits: '140' })
  })

  test.each([
    ['nothing, where the last of it was used within a year', '2025-05-25', { USD: '0' }],
    ['not known, where it is longer ago', '2025-05-24', {}],
    ['not known, where the first of it is used today', '2026-05-25', {}],
  ])('is %s', async (_case, day, expected) => {
    const accountId = `once ${day}`
    await insertUsage(sql, { accountId, perDay: '5', from: day, to: day })
    expect(await usageOf(accountId)).toEqual(expected)
  })

  test('is not known of an account without any', async () => {
    expect(await usageOf('nobody')).toEqual({})
  })

  test('is not known where an amount is none', async () => {
    await insertUsage(sql, { accountId: 'broken', perDay: 'NaN', from: '2026-05-24', to: '2026-05-24' })
    await insertUsage(sql, { accountId: 'broken', perDay: '1', from: '2026-01-01', to: '2026-01-01' })
    expect(await usageOf('broken')).toEqual({})
  })
})

describe('what an account holds', () => {
  test('is what is left and live, or will be, of that account alone', async () => {
    for (const id of ['acc_1', 'acc_2']) await insertAccount(sql, { id })
    const expiresAt = '2026-06-01T12:00:00Z'
    await insertGrant(sql, { id: 'live', expiresAt })
    await insertGrant(sql, { id: 'never', expiresAt: null })
    await insertGrant(sql, { id: 'ever', expiresAt: 'infinity' })
    await insertGrant(sql, { id: 'later', expiresAt, effectiveAt: '2026-05-30T00:00:00Z' })
    await insertGrant(sql, { id: 'spent', expiresAt, remaining: '0' })
    await insertGrant(sql, { id: 'gone', expiresAt: '2026-05-25T12:00:00Z' })
    await insertGrant(sql, { id: 'voided', expiresAt, voidedAt: '2026-05-01T00:00:00Z' })
    await insertGrant(sql, { id: 'unreadable', expiresAt, remaining: 'NaN' })
    await insertGrant(sql, { id: 'foreign', accountId: 'acc_2', expiresAt })
    const holdings = await readHoldings(db, ['acc_1', 'acc_3'], { now: NOW, readUsage: null })
    expect(
      holdings
        .get('acc_1')
        ?.grants.map(({ id }) => id)
        .toSorted(),
    ).toEqual(['ever', 'later', 'live', 'never'])
    expect(holdings.get('acc_3')?.grants).toEqual([])
  })
})

describe('whether there is usage to read', () => {
  test('depends on the relation, its columns, and the right to read it', async () => {
    const asRole = (role: string) =>
      db.$transaction(async (tx) => {
        await tx.$executeRawUnsafe(`SET LOCAL ROLE ${role}`)
        return canReadUsage(tx)
      })
    const role = `reader_${database.url.replace(/^.*\//, '').replaceAll(/\W/g, '_')}`
    await sql(`CREATE ROLE ${role}; GRANT USAGE ON SCHEMA billing TO ${role}`)
    try {
      expect([await canReadUsage(db), await asRole(role)]).toEqual([true, false])
      await sql(`GRANT SELECT ON billing.credit_usage TO ${role}`)
      expect(await asRole(role)).toBe(true)
      await sql('ALTER TABLE billing.credit_usage ALTER amount TYPE float8')
      expect(await canReadUsage(db)).toBe(false)
      await sql('ALTER TABLE billing.credit_usage DROP COLUMN amount')
      expect(await canReadUsage(db)).toBe(false)
      await sql('DROP TABLE billing.credit_usage')
      expect(await canReadUsage(db)).toBe(false)
    } finally {
      await sql(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
    }
  })
})
