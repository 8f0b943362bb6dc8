import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { momentAt } from '../../src/domain/reach.ts'
import { checkIndexes } from '../../src/jobs/doctor/indexes.ts'
import { nextStep } from '../../src/jobs/doctor/next-step.ts'
import { packageFolder } from '../../src/paths.ts'
import { someRules } from '../domain/builders.ts'
import { insertAccount, insertContact, insertGrant } from '../support/billing.ts'
import { type Company, foundCompany } from '../support/company.ts'
import { urlAs } from '../support/database.ts'
import { diagnose, of } from '../support/doctor.ts'

const MS_PER_DAY = 86_400_000
const inDays = (days: number) => new Date(Date.now() + days * MS_PER_DAY)

/** A database that has tables of its own, and nothing of ours; and no setting but where it is. */
async function foundStranger(tables: string): Promise<Company & Readonly<{ only: { DATABASE_URL: string } }>> {
  const company = await foundCompany({ bare: true })
  await company.database.sql(tables)
  return { ...company, only: { DATABASE_URL: company.database.url } }
}

describe('a database that is not yet connected', () => {
  test('Each relation that is missing is named, with every column, its type, and what it means', async () => {
    await using stranger = await foundStranger('')
    const findings = await diagnose(stranger.only)
    expect(of('billing', findings).map(({ found, state }) => `${state}: ${found}`)).toEqual([
      'fault: there is no table or view billing.accounts',
      'fault: there is no table or view billing.contacts',
      'fault: there is no table or view billing.credit_grants',
    ])
    const [, , grants] = of('billing', findings)
    expect(grants?.advice).toContain('docs/connect.md')
    expect(grants?.details?.map((line) => line.split(/ {2,}/).slice(0, 2).join(': '))).toEqual([
      'a row is credits given at one time that expire at one time',
      ...['id: text', 'account_id: text', 'kind: text', 'name: text or null', 'unit: text', 'amount: numeric'],
      ...['remaining: numeric', 'priority: integer', 'granted_at: timestamptz', 'effective_at: timestamptz or null'],
      ...['expires_at: timestamptz or null', 'voided_at: timestamptz or null', 'expired_amount: numeric or null'],
    ])
    expect(nextStep(findings)).toContain('docs/connect.md')
  })

  test('Tables that look like it are named, with which column may be which, and no others', async () => {
    await using stranger = await foundStranger(`
      CREATE SCHEMA "Shop"; CREATE SCHEMA app; CREATE SCHEMA billing;
      CREATE TABLE "Shop"."Prepaid" ("Id" uuid, "customerId" int, balance numeric, amount numeric, currency text, expiry_date date);
      CREATE TABLE app.organizations (id int, title text, timezone text);
      CREATE TABLE app.users (id int, org_id int, mail text);
      CREATE TABLE app.sessions (id uuid, user_id int, expires_at timestamptz);
      CREATE TABLE billing.wallets (id int, balance numeric, valid_until date);
      CREATE TABLE app.invoices (id uuid, amount numeric, due date)`)
    const details = of('billing', await diagnose(stranger.only)).map((finding) =>
      (finding.details ?? []).filter((line) => line.includes(' looks like it')),
    )
    expect(details).toEqual([
      ['app.organizations looks like it: title for name, timezone for time_zone'],
      ['app.users looks like it: org_id for account_id, mail for email'],
      [
        '"Shop"."Prepaid" looks like it: Id for id, customerId for account_id, currency for unit, balance for remaining, expiry_date for expires_at',
        'billing.wallets looks like it: balance for remaining, valid_until for expires_at',
      ],
    ])
  })

  test.each([
    ['lago', "Lago's: docs/connect/lago.sql"],
    ['openmeter', "OpenMeter's: docs/connect/openmeter.sql"],
    ['stripe', "Stripe's sync engine's: docs/connect/stripe.sql"],
  ])('The tables of %s are known, and the file of their views is named', async (name, words) => {
    const tables = await readFile(join(packageFolder, `test/acceptance/connect/${name}.sql`), 'utf8')
    await using stranger = await foundStranger(tables)
    for (const { advice } of of('billing', await diagnose(stranger.only))) expect(advice).toContain(words)
  })

  test('A column that is missing is named with its type, its meaning, and the one that may be it', async () => {
    await using company = await foundCompany()
    await company.database.sql('ALTER TABLE billing.credit_grants RENAME expires_at TO expiry_date')
    expect(of('billing', await diagnose(company.env))).toMatchObject([
      {
        found: 'billing.credit_grants has no column expires_at (did you mean expiry_date?)',
        advice: expect.stringMatching(
          /^add expires_at timestamptz \(the first instant .* null: by the policy's validity/,
        ),
      },
    ])
  })

  test('It looks before it is migrated, without a mail server, and under a role that may only read billing', async () => {
    await using company = await foundCompany({ bare: true })
    const { sql, url } = company.database
    const text = await Promise.all(
      ['accounts', 'contacts', 'credit_grants'].map((table) =>
        readFile(join(packageFolder, `prisma/billing/${table}.sql`), 'utf8'),
      ),
    )
    await sql(`CREATE SCHEMA billing; ${text.join('\n')}`)
    await insertAccount(sql)
    await insertContact(sql, { email: 'ana@hidden.example' })
    await insertGrant(sql, { expiresAt: inDays(20) })
    const role = `role_${randomUUID().replaceAll('-', '')}`
    await sql(`CREATE ROLE ${role} LOGIN PASSWORD 'role'; GRANT USAGE ON SCHEMA billing TO ${role};
      GRANT SELECT ON billing.accounts, billing.contacts TO ${role}`)
    const env = { DATABASE_URL: urlAs(url, role, 'role') }

    const before = await diagnose(env)
    expect(of('rights', before)[0]?.advice).toContain(`GRANT SELECT ON billing.credit_grants TO ${role}`)
    expect(of('rows', before)[0]?.state).toBe('not-checked')
    expect(nextStep(before)).toMatch(/^let the role read billing/)

    await sql(`GRANT SELECT ON billing.credit_grants TO ${role}`)
    const findings = await diagnose(env)
    expect(of('rows', findings)[0]?.details).toHaveLength(1)
    expect(nextStep(findings)).toMatch(/^run credit-reminders migrate/)
  })
})

describe('the first rows', () => {
  test('A few are shown as they are understood, with what the rules make of them, and no address', async () => {
    await using company = await foundCompany()
    const { sql } = company.database
    await insertAccount(sql, { timeZone: 'Asia/Tokyo' })
    await insertContact(sql, { email: 'ana@hidden.example' })
    await insertContact(sql, { id: 'con_2', email: 'bo@hidden.example', receivesBillingEmail: false })
    await insertGrant(sql, { id: 'due', expiresAt: inDays(20) })
    await insertGrant(sql, {
      id: 'ahead',
      expiresAt: inDays(45),
      kind: 'promotional',
      unit: 'credits',
      remaining: '1200',
    })
    await insertGrant(sql, { id: 'void', expiresAt: inDays(30), voidedAt: inDays(-1) })
    await insertGrant(sql, { id: 'gone', expiresAt: inDays(-2), remaining: '0', expiredAmount: '7.50' })
    const [rows] = of('rows', await diagnose(company.env))
    expect(rows).toMatchObject({
      state: 'ok',
      found: 'as they are understood, 4 grants and what the rules make of them:',
    })
    expect(rows?.details).toEqual([
      expect.stringMatching(
        /^gone of Acme \(acc_1\): purchased, \$7\.50 of \$20\.00 lost, was usable until .* GMT\+9.*; expired is due now, to a\*\*\*@hidden\.example$/,
      ),
      expect.stringMatching(
        /^due of Acme \(acc_1\): purchased, \$18\.00 of \$20\.00 left, usable until .* GMT\+9.*; P30D is due now, to a\*\*\*@hidden\.example$/,
      ),
      expect.stringMatching(/^void of .*; nobody is told: the grant was voided \(voided\)$/),
      expect.stringMatching(
        /^ahead of .*: promotional, 1,200 credits of 20 credits left, .*; P30D is due at \d{4}-\d\d-\d\dT\d\d:\d\dZ, to a\*\*\*@hidden\.example$/,
      ),
    ])
  })

  test('Of many that are alike, one of each sort is shown first', async () => {
    await using company = await foundCompany()
    const { sql } = company.database
    await insertAccount(sql)
    await insertContact(sql)
    for (let n = 1; n <= 6; n += 1) await insertGrant(sql, { id: `same_${n}`, expiresAt: inDays(n) })
    await insertGrant(sql, { id: 'other_unit', unit: 'credits', expiresAt: inDays(20) })
    await insertGrant(sql, { id: 'gone', expiresAt: inDays(-1) })
    const [rows] = of('rows', await diagnose(company.env))
    expect(rows?.details?.map((line) => line.split(' ')[0])).toEqual([
      'gone',
      'same_1',
      'same_2',
      'same_3',
      'other_unit',
    ])
  })

  test('Where nothing expires within reach, others are shown all the same', async () => {
    await using company = await foundCompany()
    const { sql } = company.database
    await insertAccount(sql)
    await insertContact(sql)
    await insertGrant(sql, { id: 'far', expiresAt: inDays(3000) })
    await sql(`UPDATE billing.credit_grants SET expires_at = 'infinity' WHERE id = 'far'`)
    await insertGrant(sql, { id: 'later', expiresAt: inDays(900) })
    const [rows] = of('rows', await diagnose(company.env))
    expect(rows?.details).toEqual([
      expect.stringMatching(/^later of .*; P60D is due at \d{4}-\d\d-\d\dT\d\d:\d\dZ, to c\*\*\*@/),
      expect.stringMatching(/^far of .*, never expires; nobody is told$/),
    ])
  })

  test('Rows that cannot be understood, or name no account, are a warning that says which', async () => {
    await using company = await foundCompany()
    const { sql } = company.database
    await insertAccount(sql)
    await insertContact(sql)
    await insertGrant(sql, { id: 'fine', expiresAt: inDays(20) })
    await insertGrant(sql, { id: 'no_unit', unit: '', expiresAt: inDays(21) })
    await insertGrant(sql, { id: 'orphan', accountId: 'acc_x', expiresAt: inDays(22) })
    const [rows] = of('rows', await diagnose(company.env))
    expect(rows).toMatchObject({ state: 'warning', found: '2 of 3 grants cannot be told of as the rows are' })
    expect(rows?.details).toEqual(
      expect.arrayContaining([
        'no_unit: its row cannot be understood: unit is empty',
        expect.stringMatching(/^orphan of acc_x: .* \(no-account\)$/),
      ]),
    )
  })

  test('No rows at all are said to be none', async () => {
    await using company = await foundCompany()
    expect(of('rows', await diagnose(company.env))).toMatchObject([
      { state: 'ok', found: 'billing.credit_grants has no rows' },
    ])
  })
})

test('A search that no index bounds is warned of, with the time that it took; one that takes too long is ended, and said to be', async () => {
  await using company = await foundCompany()
  const { sql } = company.database
  await insertGrant(sql, { expiresAt: inDays(20) })
  expect(of('indexes', await diagnose(company.env))[0]?.found).toMatch(
    /^what is due is found by index: 1 grant in [\d.]+ m?s$/,
  )
  await sql('DROP INDEX billing.credit_grants_expires_at_id_idx')
  expect(of('indexes', await diagnose(company.env))[0]?.found).toMatch(
    /^no index bounds the search in billing\.credit_grants \(expires_at\): every sweep reads all of it, which took [\d.]+ m?s just now$/,
  )
  await sql(`
    ALTER TABLE billing.credit_grants RENAME TO grants;
    CREATE VIEW billing.credit_grants AS SELECT * FROM billing.grants WHERE pg_sleep(60) IS NOT NULL`)
  const moment = momentAt(someRules(), new Date())
  const [slow] = await checkIndexes(company.database.db, moment, 50)
  expect(slow?.found).toMatch(/every sweep reads all of it, and was not done after 50 ms$/)
})
