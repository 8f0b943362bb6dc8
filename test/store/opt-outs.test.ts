import { afterAll, beforeAll, expect, test } from 'vitest'
import { addressHash } from '../../src/store/address-hash.ts'
import { optOut, undoOptOut } from '../../src/store/opt-outs.ts'
import { liftEverything } from '../../src/store/suppression-list.ts'
import { suppress } from '../../src/store/suppressions.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

const ROUNDS = 20
/** As many as the service has connections. */
const AT_ONCE = 8
const WISH = { reach: 'address', scope: 'all', source: 'one-click' } as const

/** What went wrong with some work that is done several times at once, again and again. */
async function faultsOf(work: (round: number, number: number) => Promise<unknown>): Promise<readonly string[]> {
  const faults: string[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const all = Array.from({ length: AT_ONCE }, (_, number) => work(round, number))
    for (const result of await Promise.allSettled(all))
      if (result.status === 'rejected') faults.push((result.reason as Error).message)
  }
  return faults
}

const hashOf = (round: number, what: string) => addressHash(`${what}${round}@example.com`)
const targetOf = (round: number, number: number) => ({
  contactId: `con_${number % 2}`,
  accountId: `acc_${number}`,
  addressHash: hashOf(round, 'ana'),
})
const holding = (table: string) =>
  database.sql(`SELECT count(*)::int AS count FROM reminders.${table} WHERE lifted_at IS NULL`)

test('One person may ask from the mails of several accounts at once, and each wish is kept', async () => {
  expect(await faultsOf((round, number) => optOut(database.db, targetOf(round, number), WISH))).toEqual([])
  expect(await holding('unsubscriptions')).toEqual([{ count: ROUNDS * AT_ONCE }])
  expect(await holding('suppressions')).toEqual([{ count: ROUNDS }])
})

test('To take back at once, while a person lifts it and others ask again, makes nobody wait in a circle', async () => {
  const hashes = Array.from({ length: ROUNDS }, (_, round) => hashOf(round, 'ana'))
  const faults = await faultsOf((round, number) => {
    const target = targetOf(round, number)
    if (number === 0) return liftEverything(database.db, hashes)
    return number % 2 === 0 ? undoOptOut(database.db, target) : optOut(database.db, target, WISH)
  })
  expect(faults).toEqual([])
})

test('Bounces of one address that are read by several at once put it on the list once', async () => {
  await database.sql('TRUNCATE reminders.suppressions')
  const reasons = ['bounced', 'complaint'] as const
  const faults = await faultsOf((round, number) => {
    const reason = reasons[number % 2] ?? 'bounced'
    return suppress(database.db, [{ addressHash: hashOf(round, 'bob'), reason, scope: 'all', source: 'mail 1' }])
  })
  expect(faults).toEqual([])
  expect(await holding('suppressions')).toEqual([{ count: ROUNDS }])
})
