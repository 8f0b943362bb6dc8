import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { stringify } from 'csv-stringify/sync'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { DependencyError, UsageError } from '../../src/errors.ts'
import type { Imports } from '../../src/jobs/import/import.ts'
import { packageFolder } from '../../src/paths.ts'
import { testDatabase, urlAs } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { type Files, importing } from '../support/importing.ts'
import { openProgram } from '../support/program.ts'

const database = await testDatabase()
const { sql, url } = database
afterAll(database.drop)
beforeEach(() => sql('TRUNCATE billing.accounts, billing.contacts, billing.credit_grants, billing.credit_usage'))

/** `added, changed, unchanged` of each relation. */
const counted = (imports: Imports) =>
  Object.fromEntries(
    imports.map(({ relation, counts: { added, changed, unchanged } }) => [relation, [added, changed, unchanged]]),
  )
const imported = async (files: Files, options: Parameters<typeof importing>[2] = {}) =>
  counted(await importing(url, files, options))

const ACCOUNTS = 'id,name\nacc_1,Acme\nacc_2,Bolt\n'
const GRANTS =
  'id,account_id,kind,unit,amount,remaining,granted_at\ncg_1,acc_1,purchased,USD,20.00,18.00,2026-01-01T00:00:00Z\n'

describe('an import', () => {
  test('takes files of all relations in any order, in one go, and knows by their names what they are', async () => {
    const files = {
      'usage.jsonl': '{"account_id":"acc_1","unit":"USD","day":"2026-01-02","amount":0.1}\n',
      'credit_grants-2026.csv': GRANTS,
      'Contacts.CSV': 'id,account_id,email\ncon_1,acc_2,ana@example.com\n',
      'billing.accounts.csv.gz': gzipSync(ACCOUNTS),
    }
    expect(await imported(files)).toEqual({
      accounts: [2, 0, 0],
      contacts: [1, 0, 0],
      grants: [1, 0, 0],
      usage: [1, 0, 0],
    })
    expect(await sql('SELECT email, receives_billing_email AS receives FROM billing.contacts')).toEqual([
      { email: 'ana@example.com', receives: true },
    ])
    expect(await sql('SELECT priority, expires_at, remaining FROM billing.credit_grants')).toEqual([
      { priority: 0, expires_at: null, remaining: '18.00' },
    ])
  })

  test('adds what is new, changes what differs, leaves the rest alone, and deletes nothing', async () => {
    await imported({ 'accounts.csv': 'id,name,locale\nacc_1,Acme,en\nacc_2,Bolt,de\nacc_3,Cog,fr\n' })
    const files = { 'accounts.csv': 'id,name,time_zone\nacc_1,Acme,\nacc_2,Bolt,UTC\nacc_4,Dorn,\n' }
    const before = await sql('SELECT xmin::text, id FROM billing.accounts ORDER BY id')
    expect(await imported(files, { isDry: true })).toEqual({ accounts: [1, 1, 1] })
    expect(await sql('SELECT xmin::text, id FROM billing.accounts ORDER BY id')).toEqual(before)
    expect(await imported(files)).toEqual({ accounts: [1, 1, 1] })
    expect(await imported(files)).toEqual({ accounts: [0, 0, 3] })
    // The locale stands in no column of the second file.
    expect(await sql('SELECT id, name, time_zone AS zone, locale FROM billing.accounts ORDER BY id')).toEqual([
      { id: 'acc_1', name: 'Acme', zone: null, locale: 'en' },
      { id: 'acc_2', name: 'Bolt', zone: 'UTC', locale: 'de' },
      { id: 'acc_3', name: 'Cog', zone: null, locale: 'fr' },
      { id: 'acc_4', name: 'Dorn', zone: null, locale: null },
    ])
  })

  test('counts a grant as changed when its amount is written with other digits, and keeps these', async () => {
    await imported({ 'accounts.csv': ACCOUNTS, 'grants.csv': GRANTS })
    expect(await imported({ 'grants.csv': GRANTS.replace('18.00', '18.0') })).toEqual({ grants: [0, 1, 0] })
    expect(await sql('SELECT remaining FROM billing.credit_grants')).toEqual([{ remaining: '18.0' }])
  })

  test('waits for another one, and then finds what that one wrote', async () => {
    const both = await Promise.all([imported({ 'accounts.csv': ACCOUNTS }), imported({ 'accounts.csv': ACCOUNTS })])
    expect(both.map(({ accounts }) => accounts).toSorted()).toEqual([
      [0, 0, 2],
      [2, 0, 0],
    ])
  })

  test('changes a row that somebody else adds while it is about to add it', async () => {
    const other = new pg.Client(url)
    await other.connect()
    try {
      await other.query(`BEGIN; INSERT INTO billing.accounts (id, name) VALUES ('acc_2', 'Not yet named')`)
      const running = imported({ 'accounts.csv': ACCOUNTS })
      await eventually(async () => {
        const waiting = await sql(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'INSERT%'
              AND wait_event_type = 'Lock'`,
        )
        expect(waiting).toHaveLength(1)
      })
      await other.query('COMMIT')
      await running
    } finally {
      await other.end()
    }
    expect(await sql('SELECT id, name FROM billing.accounts ORDER BY id')).toEqual([
      { id: 'acc_1', name: 'Acme' },
      { id: 'acc_2', name: 'Bolt' },
    ])
  })

  test('takes an account that only the database has, and one file in several parts', async () => {
    await imported({ 'accounts.csv': ACCOUNTS })
    const parts = {
      'grants-1.csv': GRANTS,
      'grants-2.csv': `${GRANTS.split('\n')[0]},name\n${GRANTS.split('\n')[1]},Top-up\n`.replace('cg_1', 'cg_2'),
    }
    expect(await imported(parts)).toEqual({ grants: [2, 0, 0] })
    expect(await sql('SELECT id, name FROM billing.credit_grants ORDER BY id')).toEqual([
      { id: 'cg_1', name: null },
      { id: 'cg_2', name: 'Top-up' },
    ])
  })

  test.each<[string, string | Uint8Array]>([
    ['a byte order mark, CRLF and empty lines', '\ufeffid,name\r\nacc_1,Acme\r\n\r\nacc_2,Bolt\r\n\r\n\r\n'],
    ['line ends of several kinds, and none at the end', 'id,name\r\nacc_1,Acme\nacc_2,Bolt'],
    ['semicolons', 'id;name\nacc_1;Acme\nacc_2;Bolt\n'],
    ['tabs, and a header in capitals with blanks', 'NAME\t Id \nAcme\tacc_1\nBolt\tacc_2\n'],
    ['quotes throughout, and rows of nothing', '"id","name"\n"acc_1","Acme"\n,\n"acc_2","Bolt"\n,\n'],
    ['JSON Lines', '{"id":"acc_1","name":"Acme"}\n\n  {"name":"Bolt","id":"acc_2","time_zone":null}  '],
  ])('reads a file with %s', async (_what, content) => {
    // The name does not tell, so that the content has to.
    expect(await imported({ '-': content }, { as: 'accounts' })).toEqual({ accounts: [2, 0, 0] })
    expect(await sql('SELECT id, name FROM billing.accounts ORDER BY id')).toEqual([
      { id: 'acc_1', name: 'Acme' },
      { id: 'acc_2', name: 'Bolt' },
    ])
  })

  test('loses no digit of a number in JSON, and takes a number for an id', async () => {
    const numbers = '"amount":12345678901234567.890,"remaining":0.1,"granted_at":"2026-01-01 00:00:00.1234567+00"'
    const grant = `{"id":7,"account_id":"acc_1","kind":"purchased","unit":"USD",${numbers},"expires_at":"Infinity"}`
    await imported({ 'accounts.csv': ACCOUNTS, 'grants.jsonl': grant })
    expect(
      await sql(
        `SELECT id, amount, remaining, extract(microseconds FROM granted_at)::int AS us, expires_at::text AS expiry
           FROM billing.credit_grants`,
      ),
    ).toEqual([{ id: '7', amount: '12345678901234567.890', remaining: '0.1', us: 123456, expiry: 'infinity' }])
  })

  test('of a file with a header and no rows says that there are none', async () => {
    expect(await imported({ 'accounts.csv': 'id,name\n' })).toEqual({ accounts: [0, 0, 0] })
  })

  test('brings any rows into the database as they were, as CSV and as JSON Lines', async () => {
    await imported({ 'accounts.csv': ACCOUNTS })
    const text = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((value) => value.trim() !== '' && !value.includes('\0'))
    const name = fc.oneof(text, fc.constantFrom('"quoted", and\r\nmore', 'a\\N\tb\n', '\\.', ' blanks around ', 'null'))
    const amount = fc
      .tuple(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.nat(20))
      .map(([digits, scale]) => (scale === 0 ? `${digits}` : `${digits}.${'5'.repeat(scale)}`))
    const instant = fc
      .date({ min: new Date('1900-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true })
      .map((date) => date.toISOString())
    const row = fc.record({
      id: text.map((value) => value.trim()),
      account_id: fc.constantFrom('acc_1', 'acc_2'),
      kind: text.map((value) => value.trim()),
      name: fc.option(name),
      unit: fc.constantFrom('USD', 'credits'),
      amount,
      remaining: amount,
      priority: fc.integer({ min: -5, max: 5 }).map(String),
      granted_at: instant,
      effective_at: fc.option(instant),
      expires_at: fc.option(instant),
      voided_at: fc.option(instant),
      expired_amount: fc.option(amount),
    })
    const rows = fc.uniqueArray(row, { selector: ({ id }) => id, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(rows, fc.boolean(), async (given, asJson) => {
        await sql('TRUNCATE billing.credit_grants')
        const csv = stringify([...given], { header: true, columns: Object.keys(HEADER) })
        const jsonl = given.map((each) => `${JSON.stringify(each)}\n`).join('')
        if (asJson && given.length === 0) return
        await imported(asJson ? { 'grants.jsonl': jsonl } : { 'grants.csv': csv })
        const stored = await sql(`SELECT ${Object.values(HEADER).join()} FROM billing.credit_grants`)
        const byId = (a: { id?: string }, b: { id?: string }) => (String(a.id) < String(b.id) ? -1 : 1)
        expect(stored.toSorted(byId)).toEqual(given.toSorted(byId))
      }),
      { numRuns: 30 },
    )
  })
})

const utc = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS ${column}`
/** How each column is read back as it was written. */
const HEADER = {
  ...{ id: 'id', account_id: 'account_id', kind: 'kind', name: 'name', unit: 'unit', amount: 'amount' },
  ...{ remaining: 'remaining', priority: 'priority::text', granted_at: utc('granted_at') },
  ...{ effective_at: utc('effective_at'), expires_at: utc('expires_at'), voided_at: utc('voided_at') },
  expired_amount: 'expired_amount',
}

test('the documented example is taken, and a sweep understands all of it', async () => {
  await using program = await openProgram()
  const names = ['accounts.csv', 'contacts.csv', 'grants.csv', 'usage.jsonl']
  const folder = join(packageFolder, 'docs/examples/import')
  const files = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)),
  )
  expect(counted(await importing(program.database.url, files, { isDry: true }))).toEqual({
    ...{ accounts: [4, 0, 0], contacts: [5, 0, 0], grants: [4, 0, 0], usage: [3, 0, 0] },
  })
  await importing(program.database.url, files)
  const { emails, skipped, faults } = await program.dryRunAt('2026-12-28T12:00:00Z')
  expect(emails.map(({ to }) => to).toSorted()).toEqual(['ana@example.com'])
  expect(skipped.filter(({ reason }) => reason === 'invalid-row')).toEqual([])
  expect(faults).toEqual([])
})

describe('tables that are not to be written', () => {
  const refusal = async (at: string) => {
    const error = await importing(at, { 'accounts.csv': ACCOUNTS }).catch((thrown: unknown) => thrown)
    if (!(error instanceof DependencyError || error instanceof UsageError)) throw error
    return [error.name, ...error.lines]
  }
  const shape = (fault: string) => [
    'DependencyError',
    `billing.accounts is no table of the starter schema: ${fault}; fill it by whatever made it, or import into a database where migrate --with-billing made it`,
  ]

  test('are named, with what to do', async () => {
    await using own = await testDatabase({ bare: true })
    expect(await refusal(own.url)).toEqual([
      'DependencyError',
      'there is no table billing.accounts: run credit-reminders migrate --with-billing',
    ])
    await own.sql(
      'CREATE SCHEMA billing; CREATE TABLE billing.accounts (id text, name text, time_zone text, locale text)',
    )
    expect(await refusal(own.url)).toEqual(shape('it has no column closed_at'))
    await own.sql('ALTER TABLE billing.accounts ADD closed_at timestamptz(0)')
    expect(await refusal(own.url)).toEqual(
      shape('its column closed_at is timestamp(0) with time zone, not timestamp with time zone'),
    )
    await own.sql('ALTER TABLE billing.accounts ALTER closed_at TYPE timestamptz')
    expect(await refusal(own.url)).toEqual(shape('it has no primary key (id)'))
    await own.sql('ALTER TABLE billing.accounts ADD PRIMARY KEY (id), ADD owner text NOT NULL')
    expect(await refusal(own.url)).toEqual(shape('its column owner needs a value that no file has'))
    await own.sql(`ALTER TABLE billing.accounts DROP owner, ADD CHECK (name <> 'Bolt')`)
    expect(await refusal(own.url)).toEqual([
      'UsageError',
      'billing.accounts refuses a row: new row for relation "accounts" violates check constraint "accounts_name_check"; nothing was imported',
    ])
    expect(await own.sql('SELECT 1 FROM billing.accounts')).toEqual([])
    await own.sql(`DROP TABLE billing.accounts;
      CREATE VIEW billing.accounts AS SELECT 'acc_1' AS id, 'Acme' AS name`)
    expect(await refusal(own.url)).toEqual([
      'DependencyError',
      'billing.accounts is a view over other tables; import into those, by whatever fills them',
    ])
  })

  test('are named with the right that the role lacks', async () => {
    const role = `importer_${process.pid}`
    await sql(`CREATE ROLE ${role} LOGIN PASSWORD 'p'`)
    try {
      const at = urlAs(url, role, 'p')
      expect(await refusal(at)).toEqual([
        'DependencyError',
        `the database role ${role} may not read billing.accounts: GRANT USAGE ON SCHEMA billing TO ${role}; GRANT SELECT ON billing.accounts TO ${role}`,
      ])
      await sql(`GRANT USAGE ON SCHEMA billing TO ${role}; GRANT SELECT ON billing.accounts TO ${role}`)
      expect(await refusal(at)).toEqual([
        'DependencyError',
        `the database role ${role} may not write billing.accounts: import as the role that migrates, or GRANT INSERT, UPDATE ON billing.accounts TO ${role}`,
      ])
      await sql(`GRANT INSERT, UPDATE ON billing.accounts TO ${role}`)
      expect(counted(await importing(at, { 'accounts.csv': ACCOUNTS }))).toEqual({ accounts: [2, 0, 0] })
    } finally {
      await sql(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
    }
  })
})
