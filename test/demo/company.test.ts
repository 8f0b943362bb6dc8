import { afterAll, describe, expect, test } from 'vitest'
import { parseRules } from '../../src/config/rules-file.ts'
import { billingRows, COMPANY } from '../../src/demo/company.ts'
import { CUSTOMERS } from '../../src/demo/customers.ts'
import { insertBilling } from '../../src/demo/stage.ts'
import { dryRun } from '../../src/jobs/dry-run.ts'
import { noProgress } from '../../src/jobs/progress.ts'
import { testDatabase } from '../support/database.ts'

const database = await testDatabase()
afterAll(database.drop)

/** What a demo shows at a time: how many lines of each stage, and how many grants skipped for each reason. */
async function shownAt(now: Date) {
  await database.sql('TRUNCATE billing.accounts, billing.contacts, billing.credit_grants, billing.credit_usage')
  await insertBilling(database.db, billingRows(CUSTOMERS, now))
  const rules = parseRules(COMPANY.rules)
  const setting = { db: database.db, rules, rulesDocument: {}, locales: ['en'], openProgress: noProgress }
  const { emails, skipped } = await dryRun(setting, { asOf: now })
  const count = (names: readonly string[]) =>
    Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, each]) => [name, each.length]))
  return {
    mails: emails.length,
    stages: count(emails.flatMap(({ lines }) => lines.map(({ stage }) => stage))),
    skipped: count(skipped.map(({ reason }) => reason)),
  }
}

const HOURS = Array.from({ length: 12 }, (_, index) => `2026-11-24T${String(index * 2).padStart(2, '0')}:40:00Z`)
// Nights on which clocks change in Lisbon, New York, Sydney; a leap day; the turn of a year.
const ODD_TIMES = [
  '2026-03-29T00:59:30Z',
  '2026-10-25T00:30:00Z',
  '2026-11-01T05:30:00Z',
  '2026-04-04T16:00:00Z',
  '2028-02-29T12:00:00Z',
  '2026-12-31T23:59:59Z',
]

describe('the company of the demo', () => {
  test.each([...HOURS, ...ODD_TIMES])('shows the same at %s as at any other time', async (time) => {
    expect(await shownAt(new Date(time))).toEqual({
      mails: 33,
      stages: { P60D: 3, P30D: 20, P7D: 13, P1D: 4, expired: 6 },
      skipped: {
        'account-closed': 1,
        'below-minimum': 1,
        'invalid-address': 1,
        'invalid-row': 1,
        'no-billing-contact': 1,
        'no-contact': 1,
        'not-due': 1,
        'nothing-remaining': 1,
        voided: 1,
      },
    })
  })

  test('has 40 accounts, from the last zone to reach a day to the first', () => {
    expect(CUSTOMERS).toHaveLength(40)
    expect(CUSTOMERS.at(0)?.timeZone).toBe('Pacific/Pago_Pago')
    expect(CUSTOMERS.at(-1)?.timeZone).toBe('Pacific/Kiritimati')
    expect(new Set(CUSTOMERS.map(({ timeZone }) => timeZone)).size).toBe(40)
  })
})
