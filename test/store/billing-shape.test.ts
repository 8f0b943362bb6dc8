import { describe, expect, test } from 'vitest'
import { parseRules } from '../../src/config/rules-file.ts'
import { dryRun } from '../../src/jobs/dry-run.ts'
import { noProgress } from '../../src/jobs/progress.ts'
import { readBillingShape } from '../../src/store/billing-shape.ts'
import { insertAccount, insertContact, insertGrant } from '../support/billing.ts'
import { AS_OF } from '../support/company.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

const faults = async ({ db }: TestDatabase) =>
  (await readBillingShape(db)).flatMap(({ missing, wrong }) => [...missing, ...wrong])

const mailsPlanned = async ({ db }: TestDatabase) => {
  const rules = parseRules('sendAt: anytime')
  const setting = { db, rules, rulesDocument: {}, locales: ['en'], openProgress: noProgress }
  return (await dryRun(setting, { asOf: new Date(AS_OF) })).emails.length
}

describe('a type that is taken for as good', () => {
  const TEXTS = ['varchar', 'varchar(40)', 'name', 'citext', 'label']
  const TEXT_COLUMNS = [
    ...['accounts.id', 'accounts.name', 'contacts.id', 'contacts.account_id', 'contacts.email'],
    ...['credit_grants.id', 'credit_grants.account_id', 'credit_grants.kind', 'credit_grants.unit'],
  ]
  const NUMBERS = ['bigint', 'integer', 'smallint']
  test.each([
    ...TEXTS.map((type) => [type, TEXT_COLUMNS] as const),
    ...NUMBERS.map((type) => [type, ['credit_grants.amount', 'credit_grants.remaining']] as const),
    ...['bigint', 'smallint', 'numeric'].map((type) => [type, ['credit_grants.priority']] as const),
    ['instant', ['credit_grants.expires_at', 'credit_grants.granted_at']] as const,
  ])('%s is one that a sweep can read', async (type, columns) => {
    await using database = await testDatabase()
    const { sql } = database
    await sql('CREATE EXTENSION citext; CREATE DOMAIN label AS text; CREATE DOMAIN instant AS timestamptz')
    for (const place of columns) {
      const [table, column] = place.split('.')
      await sql(`ALTER TABLE billing.${table} ALTER ${column} DROP DEFAULT, ALTER ${column} TYPE ${type}`)
    }
    await insertAccount(sql, { timeZone: 'Europe/Berlin' })
    await insertContact(sql)
    await insertGrant(sql, { amount: '20', remaining: '18', expiresAt: '2026-05-29T12:00:00Z' })
    expect(await faults(database)).toEqual([])
    expect(await mailsPlanned(database)).toBe(1)
  })
})

describe('a type that is not', () => {
  test.each([
    ['accounts', 'id', 'uuid'],
    ['contacts', 'email', 'bytea'],
    ['contacts', 'account_id', 'character(40)'],
    ['credit_grants', 'remaining', 'money'],
    ['credit_grants', 'remaining', 'real'],
    ['credit_grants', 'granted_at', 'timestamp without time zone'],
    ['credit_grants', 'expires_at', 'date'],
    ['credit_grants', 'expires_at', 'text'],
  ])('in billing.%s.%s is found: %s', async (table, column, type) => {
    await using database = await testDatabase()
    // An index on lower(email) takes nothing but text.
    await database.sql('DROP INDEX billing.contacts_email_idx')
    await database.sql(`ALTER TABLE billing.${table} ALTER ${column} TYPE ${type} USING NULL`)
    expect(await faults(database)).toEqual([expect.objectContaining({ column, actual: type })])
  })

  test('is found in a materialised view too, and in a partitioned table', async () => {
    await using database = await testDatabase()
    await database.sql(`
      DROP TABLE billing.accounts;
      CREATE MATERIALIZED VIEW billing.accounts AS
        SELECT 1 AS id, 'Acme' AS name, NULL::text AS time_zone, NULL::text AS locale, NULL::timestamptz AS closed_at;
      DROP TABLE billing.credit_usage;
      CREATE TABLE billing.credit_usage (account_id text, unit text, day timestamptz, amount numeric) PARTITION BY LIST (unit)`)
    expect(await faults(database)).toEqual([
      { column: 'id', type: 'text', actual: 'integer' },
      { column: 'day', type: 'date', actual: 'timestamp with time zone' },
    ])
  })
})
