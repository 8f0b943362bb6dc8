import { afterAll, expect, test } from 'vitest'
import { openHoldings } from '../../src/jobs/holdings.ts'
import { createLogger } from '../../src/logger.ts'
import { insertAccount, insertGrant } from '../support/billing.ts'
import { testDatabase } from '../support/database.ts'

const database = await testDatabase()
afterAll(database.drop)
const { db, sql } = database

const NOW = new Date('2026-05-25T12:00:00Z')
const MINUTE_MS = 60_000

test('When usage cannot be read, it is said once, left alone for ten minutes, and tried again', async () => {
  await insertAccount(sql)
  await insertGrant(sql, { expiresAt: '2026-06-01T12:00:00Z' })
  await sql(`
    CREATE TABLE public.divisor AS SELECT 0::numeric AS by;
    DROP TABLE billing.credit_usage;
    CREATE VIEW billing.credit_usage AS
      SELECT 'acc_1' AS account_id, 'USD' AS unit, '2026-05-24'::date AS day, 7 / by AS amount FROM public.divisor`)
  const lines: string[] = []
  const log = createLogger({ level: 'info', format: 'json' }, { write: (line) => lines.push(line) })
  let minutes = 0
  const read = await openHoldings({ db, log }, () => minutes * MINUTE_MS)
  const holdingsNow = async () => {
    const { grants, usage } = (await read(['acc_1'], NOW)).get('acc_1') ?? { grants: [], usage: new Map() }
    return { grants: grants.length, usage: Object.fromEntries(usage) }
  }

  expect([await holdingsNow(), await holdingsNow()]).toEqual([
    { grants: 1, usage: {} },
    { grants: 1, usage: {} },
  ])
  expect(lines).toEqual([expect.stringContaining('billing.credit_usage could not be read')])

  await sql('UPDATE public.divisor SET by = 2')
  minutes = 9
  expect(await holdingsNow()).toEqual({ grants: 1, usage: {} })
  minutes = 10
  expect((await holdingsNow()).usage).toEqual({ USD: expect.stringMatching(/^3\.50*$/) })
  expect(lines).toHaveLength(1)
})
