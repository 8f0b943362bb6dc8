import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageFolder } from '../../src/paths.ts'
import { runCli } from '../support/cli.ts'
import { AS_OF, foundCompany, insertWarnedCrowd } from '../support/company.ts'
import { urlAs, urlWith } from '../support/database.ts'

/** The first SQL block of a document: what its readers will paste. */
async function sqlOf(document: string): Promise<string> {
  const [, sql] = /```sql\n(.*?)```/s.exec(await readFile(join(packageFolder, document), 'utf8')) ?? []
  if (sql === undefined) throw new Error(`${document} has no SQL`)
  return sql
}

test('the view of the README over a table of one’s own, and the role of the documents, are enough', async () => {
  await using company = await foundCompany({ bare: true })
  const { sql } = company.database
  await sql(`
    CREATE TABLE customers (no int PRIMARY KEY, title text, tz text, contact_mail text);
    CREATE TABLE credits (
      id uuid PRIMARY KEY, customer_id int, source varchar(20), label text, currency char(3), amount numeric(20, 4),
      balance numeric(20, 4), created_at timestamptz, expires_at timestamptz, cancelled_at timestamptz);
    INSERT INTO customers VALUES (7, 'Own Tables Ltd', 'Europe/Berlin', 'ana@own.example');
    INSERT INTO credits VALUES
      ('${randomUUID()}', 7, 'purchased', 'Pack', 'USD', 20, 18, '2026-01-01Z', '2026-05-30 12:00Z', NULL),
      ('${randomUUID()}', 7, 'purchased', 'Void', 'USD', 20, 18, '2026-01-01Z', '2026-05-30 12:00Z', '2026-02-01Z')`)
  await sql(await sqlOf('README.md'))
  await sql(`
    CREATE VIEW billing.accounts AS
      SELECT no::text AS id, title AS name, tz AS time_zone, NULL::text AS locale, NULL::timestamptz AS closed_at
        FROM customers;
    CREATE VIEW billing.contacts AS
      SELECT no::text AS id, no::text AS account_id, contact_mail AS email, NULL::text AS name, NULL::text AS locale,
             NULL::text AS time_zone, true AS receives_billing_email
        FROM customers`)
  expect(await runCli(['migrate'], company.env)).toMatchObject({ code: 0 })

  const role = `app_${randomUUID().replaceAll('-', '')}`
  await sql(`CREATE ROLE ${role} LOGIN PASSWORD 'app'`)
  await sql((await sqlOf('docs/operations.md')).replaceAll('reminders_app', role))
  const env = { ...company.env, DATABASE_URL: urlAs(company.database.url, role, 'app') }

  expect(await runCli(['doctor'], env)).toMatchObject({ code: 0, stdout: expect.not.stringContaining('fault') })
  expect(await runCli(['run', '--as-of', AS_OF], env)).toMatchObject({ code: 0 })
  expect(company.sink.mails.map(({ envelope }) => envelope.to)).toEqual([['ana@own.example']])
  expect((await company.sink.mails[0]?.parsed())?.subject).toContain('$18.00')
  const mending = [
    ['suppress', 'add', 'bo@own.example'],
    ['suppress', 'remove', 'bo@own.example'],
    ['suppress', 'export'],
  ]
  for (const args of [...mending, ['retry', '--reason', 'mail-refused']]) {
    expect(await runCli(args, env)).toMatchObject({ code: 0, stderr: '' })
  }
  expect(await runCli(['status'], env)).toMatchObject({ stderr: '', stdout: expect.stringContaining('Sweeps') })
  await expect(sql(`SET ROLE ${role}; DELETE FROM customers`)).rejects.toThrow('permission denied')
})

test('beside a program that keeps its own Prisma migrations in the database, ours are kept apart where the URL says so', async () => {
  await using company = await foundCompany({ bare: true })
  const { sql } = company.database
  await sql(`CREATE TABLE public._prisma_migrations (id text, migration_name text);
    INSERT INTO public._prisma_migrations VALUES ('x', '20200101000000_shop')`)
  const env = { ...company.env, DATABASE_URL: urlWith(company.database.url, 'schema', 'reminders') }

  expect(await runCli(['migrate', '--with-billing'], env)).toMatchObject({ code: 0 })
  await insertWarnedCrowd(company, 2)
  expect(await runCli(['doctor'], env)).toMatchObject({ code: 0, stdout: expect.not.stringContaining('fault') })
  expect(await runCli(['run', '--as-of', AS_OF], env)).toMatchObject({ code: 0 })
  expect(company.sink.mails).toHaveLength(2)
  expect(await sql('SELECT * FROM public._prisma_migrations')).toEqual([
    { id: 'x', migration_name: '20200101000000_shop' },
  ])
})
