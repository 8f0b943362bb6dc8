import { beforeEach, describe, expect, test } from 'vitest'
import { countAddresses, readRecentSweeps } from '../../src/store/yardsticks.ts'
import { insertContact } from '../support/billing.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { insertPastSweeps } from '../support/past-sweeps.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await testDatabase()
  return database.drop
})

const NOW = new Date('2026-05-25T12:00:00Z')
const recent = () => readRecentSweeps(database.db, NOW)

describe('the recent sweeps', () => {
  test('of a new ledger are none', async () => {
    expect(await recent()).toEqual({ latest: [], largestOfDays: [] })
  })

  test('are those that planned something and were let go out, the approved among them, up to now', async () => {
    await insertPastSweeps(database.sql, [
      { asOf: '2026-05-20T12:00:00Z', emails: 1 },
      { asOf: '2026-05-21T12:00:00Z', emails: 2, state: 'approved' },
      { asOf: '2026-05-22T12:00:00Z', emails: 9000, state: 'held' },
      { asOf: '2026-05-23T12:00:00Z', emails: 8000, state: 'discarded' },
      { asOf: '2026-05-24T12:00:00Z', emails: 0 },
      { asOf: '2026-05-25T12:00:00Z', emails: 3 },
      { asOf: '2026-05-25T12:00:00.001Z', emails: 7000 },
    ])
    const { latest, largestOfDays } = await recent()
    expect(latest).toEqual([3, 2, 1])
    expect(largestOfDays.toSorted()).toEqual([1, 2, 3])
  })

  test('are the latest twenty, however long ago; of the days, the latest twenty', async () => {
    const daily = Array.from({ length: 30 }, (_, day) => ({
      asOf: new Date(NOW.getTime() - (day + 1) * 86_400_000).toISOString(),
      emails: day + 1,
    }))
    await insertPastSweeps(database.sql, daily)
    const { latest, largestOfDays } = await recent()
    expect(latest).toEqual(daily.slice(0, 20).map(({ emails }) => emails))
    expect(largestOfDays.toSorted((a, b) => a - b)).toEqual(daily.slice(0, 19).map(({ emails }) => emails))
  })

  test('of a day count by its largest; days are counted back from now, whatever the date', async () => {
    await insertPastSweeps(database.sql, [
      { asOf: '2026-05-25T11:45:00Z', emails: 5 },
      { asOf: '2026-05-24T12:00:01Z', emails: 50 },
      { asOf: '2026-05-24T12:00:00Z', emails: 700 },
      { asOf: '2026-05-23T12:00:01Z', emails: 7 },
      { asOf: '2026-05-20T00:00:00Z', emails: 20 },
    ])
    expect((await recent()).largestOfDays.toSorted((a, b) => a - b)).toEqual([20, 50, 700])
  })
})

describe('the addresses that receive billing mail', () => {
  test('are counted once each, in whatever case, and without those that receive none', async () => {
    const emails = ['ana@example.com', 'ANA@Example.com', ' ana@example.com', 'bo@example.com', 'cy@example.com']
    for (const [index, email] of emails.entries()) {
      await insertContact(database.sql, { id: `con_${index}`, email, receivesBillingEmail: index < 4 })
    }
    expect(await countAddresses(database.db, Number.POSITIVE_INFINITY)).toBe(2)
    expect(await countAddresses(database.db, 3)).toBe(2)
  })

  test('of nobody are none', async () => {
    expect(await countAddresses(database.db, 1)).toBe(0)
    expect(await countAddresses(database.db, Number.POSITIVE_INFINITY)).toBe(0)
  })

  test('are not all counted where there are enough; where that is in doubt, all are', async () => {
    await database.sql(
      `INSERT INTO billing.contacts (id, account_id, email, receives_billing_email)
       SELECT i, 'acc_1', CASE WHEN i <= 500 THEN 'shared' ELSE 'con' || i END || '@example.com', true
         FROM generate_series(1, 1000) i`,
    )
    expect(await countAddresses(database.db, 501)).toBe(501)
    expect(await countAddresses(database.db, 502)).toBe(501)
    expect(await countAddresses(database.db, 1_000_000_000)).toBe(501)
    expect(await countAddresses(database.db, 1e300)).toBe(501)
    // The first contacts read are all of one address.
    expect(await countAddresses(database.db, 200)).toBe(501)
    expect(await countAddresses(database.db, 400)).toBeGreaterThanOrEqual(300)
  })
})
