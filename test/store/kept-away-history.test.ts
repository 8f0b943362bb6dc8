import { afterAll, beforeAll, expect, test } from 'vitest'
import { addressHash } from '../../src/store/address-hash.ts'
import { readOptOutsUntil, readSuppressionsUntil } from '../../src/store/kept-away-history.ts'
import { optOut, undoOptOut } from '../../src/store/opt-outs.ts'
import { liftSuppressions } from '../../src/store/suppression-list.ts'
import { suppress } from '../../src/store/suppressions.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

const day = (number: number) => new Date(`2026-05-${String(number).padStart(2, '0')}T00:00:00Z`)
const noon = (number: number) => new Date(day(number).getTime() + 12 * 3_600_000)

/** Does something, and has it be done on a day of May 2026: tables go by the clock. */
async function on(number: number, table: 'suppressions' | 'unsubscriptions', work: () => Promise<unknown>) {
  await work()
  const columns = table === 'suppressions' ? ['created_at', 'listed_at', 'lifted_at'] : ['created_at', 'lifted_at']
  const set = columns.map((column) => `${column} = CASE WHEN ${column} > '2026-06-01' THEN $1 ELSE ${column} END`)
  await database.sql(`UPDATE reminders.${table} SET ${set}`, [day(number)])
}

test('What stood on the list at a time is known, however often it was lifted and listed anew since', async () => {
  const hash = addressHash('ana@example.com')
  const { db } = database
  const list = (reason: 'bounced' | 'manual', scope: 'all' | 'warnings') =>
    suppress(db, [{ addressHash: hash, reason, scope, source: reason }])
  await on(2, 'suppressions', () => list('bounced', 'all'))
  await on(4, 'suppressions', () => liftSuppressions(db, [hash]))
  await on(6, 'suppressions', () => list('manual', 'warnings'))

  const standing = async (number: number) =>
    (await readSuppressionsUntil(db, [hash], noon(number))).map(({ reason, scope, createdAt, liftedAt }) => [
      ...[reason, scope, createdAt.getUTCDate(), liftedAt?.getUTCDate() ?? null],
    ])
  expect(await standing(1)).toEqual([])
  expect(await standing(2)).toEqual([['bounced', 'all', 2, null]])
  expect(await standing(5)).toEqual([['bounced', 'all', 2, 4]])
  expect(await standing(7)).toEqual([...[['bounced', 'all', 2, 4]], ['manual', 'warnings', 6, null]])
  // More is kept away than before: what stood until then is known too.
  await list('manual', 'all')
  const widened = await readSuppressionsUntil(db, [hash], new Date('2100-01-01T00:00:00Z'))
  expect(widened.map(({ scope, liftedAt }) => [scope, liftedAt !== null])).toEqual([
    ...[
      ['all', true],
      ['warnings', true],
    ],
    ['all', false],
  ])
  expect(await standing(7)).toEqual([...[['bounced', 'all', 2, 4]], ['manual', 'warnings', 6, null]])
})

test('What was asked at a time is known, however often it was taken back and asked anew since', async () => {
  const target = { contactId: 'con_bob', accountId: 'acc_bob', addressHash: addressHash('bob@example.com') }
  const { db } = database
  const ask = (scope: 'all' | 'warnings') => optOut(db, target, { reach: 'account', scope, source: 'page' })
  await on(2, 'unsubscriptions', () => ask('warnings'))
  await on(4, 'unsubscriptions', () => undoOptOut(db, target))
  await on(6, 'unsubscriptions', () => ask('all'))

  const standing = async (number: number) =>
    (await readOptOutsUntil(db, { accountIds: ['acc_bob'], hashes: [] }, noon(number))).map(
      ({ scope, createdAt, liftedAt }) => [scope, createdAt.getUTCDate(), liftedAt?.getUTCDate() ?? null],
    )
  expect(await standing(1)).toEqual([])
  expect(await standing(3)).toEqual([['warnings', 2, null]])
  expect(await standing(5)).toEqual([['warnings', 2, 4]])
  expect(await standing(6)).toEqual([...[['warnings', 2, 4]], ['all', 6, null]])
})

test('Who asks and takes back without end leaves the latest hundred of it', async () => {
  const target = { contactId: 'con_eve', accountId: 'acc_eve', addressHash: addressHash('eve@example.com') }
  const askAndTakeBack = async () => {
    await optOut(database.db, target, { reach: 'account', scope: 'all', source: 'page' })
    await undoOptOut(database.db, target)
  }
  await askAndTakeBack()
  await askAndTakeBack()
  await database.sql(
    `UPDATE reminders.unsubscriptions u SET former = many.former
       FROM (SELECT jsonb_agg(former -> 0) AS former FROM reminders.unsubscriptions, generate_series(1, 100)
              WHERE contact_id = 'con_eve') AS many
      WHERE u.contact_id = 'con_eve'`,
  )
  await askAndTakeBack()
  const asked = await readOptOutsUntil(database.db, { accountIds: ['acc_eve'], hashes: [] }, new Date('2100-01-01Z'))
  expect(asked.length).toBe(101)
  expect(asked.every(({ liftedAt }) => liftedAt !== null)).toBe(true)
})
