import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { examine } from '../../src/jobs/doctor/examine.ts'
import type { Finding } from '../../src/jobs/doctor/finding.ts'
import { packageFolder, templatesFolder } from '../../src/paths.ts'
import { type Company, foundCompany } from '../support/company.ts'
import { urlAs } from '../support/database.ts'
import { diagnose, EVERY_CHECK_FINE, of, states, troubles } from '../support/doctor.ts'

describe('the shape of billing', () => {
  test.each([
    ['a table is missing', 'DROP TABLE billing.contacts', 'there is no table or view billing.contacts'],
    [
      'a column is missing',
      'ALTER TABLE billing.credit_grants DROP COLUMN voided_at',
      'billing.credit_grants has no column voided_at',
    ],
    [
      'a column has another name',
      'ALTER TABLE billing.contacts RENAME account_id TO "accountId"',
      'billing.contacts has no column account_id (did you mean accountId?)',
    ],
    [
      'an id is a uuid',
      'ALTER TABLE billing.accounts ALTER id TYPE uuid USING NULL',
      'billing.accounts.id is uuid, and must be text',
    ],
    [
      'a kind is an enum',
      `CREATE TYPE kind AS ENUM ('purchased'); ALTER TABLE billing.credit_grants ALTER kind TYPE kind USING NULL`,
      'billing.credit_grants.kind is kind, and must be text',
    ],
    [
      'an amount is floating',
      'ALTER TABLE billing.credit_grants ALTER amount TYPE float8',
      'billing.credit_grants.amount is double precision, and must be numeric: floating point loses parts of an amount',
    ],
    [
      'an instant has no zone',
      'ALTER TABLE billing.credit_grants ALTER expires_at TYPE timestamp(3)',
      'billing.credit_grants.expires_at is timestamp(3) without time zone, and must be timestamptz: without a zone, the instant it means depends on who reads it',
    ],
    [
      'an instant is a day',
      'ALTER TABLE billing.credit_grants ALTER expires_at TYPE date',
      'billing.credit_grants.expires_at is date, and must be timestamptz',
    ],
    [
      'a flag is a number',
      'ALTER TABLE billing.contacts ALTER receives_billing_email DROP DEFAULT, ALTER receives_billing_email TYPE int USING 1',
      'billing.contacts.receives_billing_email is integer, and must be boolean',
    ],
  ])('When %s, it is named with what to do, and the search is not tried', async (_case, change, found) => {
    await using company = await foundCompany()
    await company.database.sql(change)
    const findings = await diagnose(company.env)
    expect(of('billing', findings)).toMatchObject([
      { check: 'billing', state: 'fault', blame: 'dependency', found, advice: expect.stringMatching(/view/) },
    ])
    expect(of('indexes', findings)[0]?.state).toBe('not-checked')
  })

  test('When several things are wrong, each is named', async () => {
    await using company = await foundCompany()
    await company.database.sql(`
      ALTER TABLE billing.accounts DROP COLUMN locale, DROP COLUMN closed_at;
      ALTER TABLE billing.credit_grants ALTER granted_at TYPE timestamp, DROP COLUMN unit`)
    expect(of('billing', await diagnose(company.env)).map(({ found }) => found)).toEqual([
      'billing.accounts has no column locale',
      'billing.accounts has no column closed_at',
      'billing.credit_grants has no column unit',
      expect.stringMatching(/^billing\.credit_grants\.granted_at is timestamp without time zone/),
    ])
  })

  test('When the optional usage is absent, that is fine; when it is wrong, that is a warning', async () => {
    await using company = await foundCompany()
    await company.database.sql('ALTER TABLE billing.credit_usage DROP COLUMN day')
    expect(of('billing', await diagnose(company.env))).toMatchObject([
      { state: 'warning', found: 'billing.credit_usage has no column day' },
    ])
    await company.database.sql('DROP TABLE billing.credit_usage')
    expect(of('billing', await diagnose(company.env))).toMatchObject([
      { state: 'ok', found: expect.stringContaining('billing.credit_usage is absent, which is fine') },
    ])
  })

  test('When views stand in place of tables, with types that are as good, all is well', async () => {
    await using company = await foundCompany()
    await company.database.sql(`
      CREATE SCHEMA shop;
      ALTER TABLE billing.credit_grants SET SCHEMA shop;
      ALTER TABLE shop.credit_grants ALTER kind TYPE varchar(20), ALTER amount TYPE bigint, ALTER priority TYPE smallint;
      CREATE DOMAIN shop.label AS text CHECK (VALUE <> '');
      ALTER TABLE shop.credit_grants ALTER unit TYPE shop.label;
      CREATE VIEW billing.credit_grants AS SELECT * FROM shop.credit_grants`)
    const findings = await diagnose(company.env)
    expect(states(findings)).toEqual(EVERY_CHECK_FINE)
    expect(of('billing', findings)[0]?.found).toContain('billing.credit_grants is a view as it must be')
  })
})

describe('indexes', () => {
  test.each([
    ['the expiry', 'DROP INDEX billing.credit_grants_expires_at_id_idx', 'billing.credit_grants (expires_at)'],
    ['the grant date', 'DROP INDEX billing.credit_grants_without_expiry_idx', 'billing.credit_grants (granted_at)'],
    ['the account of a grant', 'DROP INDEX billing.credit_grants_account_id_idx', 'billing.credit_grants (account_id)'],
    [
      'the account of usage',
      'ALTER TABLE billing.credit_usage DROP CONSTRAINT credit_usage_pkey',
      'billing.credit_usage (account_id)',
    ],
    ['the account of a contact', 'DROP INDEX billing.contacts_account_id_idx', 'billing.contacts (account_id)'],
    [
      'the id of a grant',
      'ALTER TABLE billing.credit_grants DROP CONSTRAINT credit_grants_pkey',
      'billing.credit_grants (id)',
    ],
  ])('When there is none on %s, a warning names it', async (_case, change, place) => {
    await using company = await foundCompany()
    await company.database.sql(change)
    expect(of('indexes', await diagnose(company.env))).toEqual([
      expect.objectContaining({
        state: 'warning',
        found: expect.stringContaining(` ${place}: `),
        advice: expect.stringContaining(place),
      }),
    ])
  })

  test('When a view hides the index behind an expression, a warning says so', async () => {
    await using company = await foundCompany()
    await company.database.sql(`
      CREATE SCHEMA shop;
      ALTER TABLE billing.credit_grants SET SCHEMA shop;
      ALTER TABLE shop.credit_grants ALTER expires_at TYPE timestamp;
      CREATE VIEW billing.credit_grants AS
        SELECT id, account_id, kind, name, unit, amount, remaining, priority, granted_at, effective_at,
               expires_at AT TIME ZONE 'UTC' AS expires_at, voided_at, expired_amount
          FROM shop.credit_grants`)
    const findings = await diagnose(company.env)
    expect(states(troubles(findings))).toEqual(['indexes: warning'])
    expect(of('indexes', findings)).toHaveLength(2)
    await company.database.sql(`
      CREATE INDEX ON shop.credit_grants ((expires_at AT TIME ZONE 'UTC'));
      CREATE INDEX ON shop.credit_grants (granted_at) WHERE (expires_at AT TIME ZONE 'UTC') IS NULL`)
    expect(states(await diagnose(company.env))).toEqual(EVERY_CHECK_FINE)
  })

  test('When a view casts the id, an index on the cast is as good', async () => {
    await using company = await foundCompany()
    const { sql } = company.database
    await sql(`
      CREATE SCHEMA shop;
      CREATE TABLE shop.credits (LIKE billing.credit_grants INCLUDING DEFAULTS);
      ALTER TABLE shop.credits ALTER id TYPE uuid USING id::uuid;
      CREATE INDEX ON shop.credits (expires_at);
      CREATE INDEX ON shop.credits (granted_at) WHERE expires_at IS NULL;
      CREATE INDEX ON shop.credits (account_id);
      DROP TABLE billing.credit_grants;
      CREATE VIEW billing.credit_grants AS
        SELECT id::text, account_id, kind, name, unit, amount, remaining, priority, granted_at, effective_at, expires_at,
               voided_at, expired_amount
          FROM shop.credits`)
    expect(states(troubles(await diagnose(company.env)))).toEqual(['indexes: warning'])
    await sql('CREATE INDEX ON shop.credits ((id::text))')
    expect(states(await diagnose(company.env))).toEqual(EVERY_CHECK_FINE)
  })

  test('When a view unites two tables, both need the index; when it joins, the one that is searched', async () => {
    await using company = await foundCompany()
    const { sql } = company.database
    await sql(`
      CREATE SCHEMA shop;
      ALTER TABLE billing.credit_grants SET SCHEMA shop;
      CREATE TABLE shop.gifts (LIKE shop.credit_grants INCLUDING DEFAULTS);
      CREATE VIEW billing.credit_grants AS SELECT * FROM shop.credit_grants UNION ALL SELECT * FROM shop.gifts`)
    expect(of('indexes', await diagnose(company.env)).map(({ state }) => state)).toEqual([
      'warning',
      'warning',
      'warning',
      'warning',
    ])
    await sql(`
      CREATE INDEX ON shop.gifts (id);
      CREATE INDEX ON shop.gifts (account_id);
      CREATE INDEX ON shop.gifts (expires_at);
      CREATE INDEX ON shop.gifts (granted_at) WHERE expires_at IS NULL`)
    expect(states(await diagnose(company.env))).toEqual(EVERY_CHECK_FINE)
    await sql(`
      DROP VIEW billing.credit_grants;
      CREATE TABLE shop.owners (grant_id text, account_id text);
      CREATE INDEX ON shop.owners (account_id);
      ALTER TABLE shop.credit_grants DROP COLUMN account_id;
      CREATE VIEW billing.credit_grants AS SELECT g.*, o.account_id FROM shop.credit_grants g JOIN shop.owners o ON o.grant_id = g.id`)
    expect(states(await diagnose(company.env))).toEqual(EVERY_CHECK_FINE)
  })

  test('When a view cannot be read although the role may read it, the search tells', async () => {
    await using company = await foundCompany()
    const owner = await createRole(company)
    await company.database.sql(`
      CREATE SCHEMA shop;
      ALTER TABLE billing.contacts SET SCHEMA shop;
      CREATE VIEW billing.contacts AS SELECT * FROM shop.contacts;
      ALTER VIEW billing.contacts OWNER TO ${owner}`)
    expect(of('indexes', await diagnose(company.env))).toMatchObject([
      { state: 'fault', blame: 'dependency', found: expect.stringContaining('permission denied for') },
    ])
  })

  test('When only usage cannot be read, that is a warning: mails go out without a forecast', async () => {
    await using company = await foundCompany()
    const owner = await createRole(company)
    await company.database.sql(`
      CREATE SCHEMA shop;
      ALTER TABLE billing.credit_usage SET SCHEMA shop;
      CREATE VIEW billing.credit_usage AS SELECT * FROM shop.credit_usage;
      ALTER VIEW billing.credit_usage OWNER TO ${owner}`)
    expect(of('indexes', await diagnose(company.env))).toMatchObject([
      { state: 'warning', found: expect.stringMatching(/^mails forecast nothing: .*permission denied for/) },
    ])
  })
})

describe('a database that changes under the examination', () => {
  test('When a table is locked, the search says so after a while, and the rest is examined', async () => {
    await using company = await foundCompany()
    await company.database.db.$transaction(
      async (tx) => {
        await tx.$executeRawUnsafe('LOCK TABLE billing.contacts IN ACCESS EXCLUSIVE MODE')
        expect(troubles(await diagnose(company.env))).toMatchObject([
          { check: 'indexes', found: expect.stringContaining('canceling statement due to lock timeout') },
          { check: 'rows', state: 'not-checked' },
        ])
      },
      { timeout: 60_000 },
    )
  })

  test('When it lets us in no longer, that is a fault, and the mail server is examined all the same', async () => {
    await using company = await foundCompany()
    const { sql, url } = company.database
    const role = await createRole(company)
    const setting = {
      variables: { ...company.env, DATABASE_URL: urlAs(url, role, 'role') },
      templatesFolder,
      hostClock: () => new Date(),
      askDns: null,
    }
    const findings: Finding[] = []
    for await (const finding of examine(setting)) {
      findings.push(finding)
      if (finding.check !== 'clock') continue
      await sql(`ALTER ROLE ${role} NOLOGIN`)
      await sql('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [role])
    }
    expect(of('database', findings).at(-1)).toMatchObject({ state: 'fault', blame: 'dependency' })
    expect(of('mail-server', findings)).toMatchObject([{ state: 'ok' }])
  })
})

describe('rights', () => {
  /** The statements that docs/operations.md gives for a role of its own. */
  const documented = readFile(join(packageFolder, 'docs/operations.md'), 'utf8').then((text) => {
    const [, block = ''] = /```sql\n([^`]+)```/.exec(text) ?? []
    return block.trim().split('\n')
  })

  const withGrants = async (company: Company, statements: readonly string[]) => {
    const role = await createRole(company)
    await company.database.sql(statements.join('\n').replaceAll('reminders_app', role))
    return { role, env: { ...company.env, DATABASE_URL: urlAs(company.database.url, role, 'role') } }
  }

  test('When the role has what the documentation grants, all is well and no hint is needed', async () => {
    await using company = await foundCompany()
    const { role, env } = await withGrants(company, await documented)
    const findings = await diagnose(env)
    expect(states(findings)).toEqual(EVERY_CHECK_FINE)
    expect(of('rights', findings).map(({ found, advice }) => ({ found, advice }))).toEqual([
      { found: `role ${role} may read billing`, advice: null },
      { found: `role ${role} may read and write reminders`, advice: null },
      { found: `role ${role} may read and write pgboss`, advice: null },
    ])
  })

  test('When any of these grants is missing, a fault tells of it, and its advice mends it', async () => {
    await using company = await foundCompany()
    const statements = await documented
    for (const left of statements.filter((statement) => !statement.includes('FUNCTIONS'))) {
      const { env, role } = await withGrants(
        company,
        statements.filter((statement) => statement !== left),
      )
      const faults = (await diagnose(env)).filter(({ state }) => state === 'fault')
      expect(faults, left).not.toEqual([])
      expect(faults.every(({ blame }) => blame === 'dependency')).toBe(true)
      const grants = faults
        .filter(({ check }) => check === 'rights')
        .map(({ advice }) => advice?.replace(/^.*?(?=GRANT)/, ''))
      // The history of migrations is no schema of ours: its check points to the documentation.
      if (left.includes('_prisma_migrations')) expect(faults.map(({ check }) => check)).toEqual(['migrations'])
      else if (!left.startsWith('GRANT USAGE ON SCHEMA')) {
        expect(grants, left).toEqual([expect.stringContaining(role)])
        await company.database.sql(grants.join(';'))
        expect(states(await diagnose(env)), left).toEqual(EVERY_CHECK_FINE)
      }
    }
  })

  test('When the role may only read, it is told what run and start need', async () => {
    await using company = await foundCompany()
    const { role, env } = await withGrants(company, [
      'GRANT USAGE ON SCHEMA billing, reminders, pgboss TO reminders_app;',
      'GRANT SELECT ON ALL TABLES IN SCHEMA billing, reminders, pgboss TO reminders_app;',
      'GRANT SELECT ON public._prisma_migrations TO reminders_app;',
    ])
    const findings = await diagnose(env)
    expect(states(troubles(findings))).toEqual(['rights: fault'])
    expect(of('rights', findings)[1]?.found).toMatch(
      new RegExp(
        `^role ${role} lacks USAGE on \\d sequences of reminders, INSERT on \\d+ tables of reminders, UPDATE on`,
      ),
    )
  })

  test('When the role may not read usage, that is a warning', async () => {
    await using company = await foundCompany()
    const { role, env } = await withGrants(company, [
      ...(await documented),
      'REVOKE SELECT ON billing.credit_usage FROM reminders_app',
    ])
    const findings = await diagnose(env)
    expect(states(troubles(findings))).toEqual(['rights: warning'])
    expect(of('rights', findings)[0]).toMatchObject({
      found: `role ${role} may not read billing.credit_usage: mails say nothing of what will be used`,
      advice: expect.stringContaining('GRANT SELECT ON billing.credit_usage TO'),
    })
  })

  test('When the role may write billing, that is a hint and no fault', async () => {
    await using company = await foundCompany()
    const [reading] = of('rights', await diagnose(company.env))
    expect(reading).toMatchObject({ state: 'ok', advice: expect.stringMatching(/^it may write billing too/) })
  })

  test('When the role may read the columns and not the table, that is enough', async () => {
    await using company = await foundCompany()
    const statements = (await documented).filter((statement) => !statement.includes('TABLES IN SCHEMA billing'))
    const { role, env } = await withGrants(company, statements)
    const columns = await company.database.sql<{ grant: string }>(
      `SELECT format('GRANT SELECT (%s) ON billing.%I TO ${role}', string_agg(column_name, ', '), table_name) AS grant
         FROM information_schema.columns WHERE table_schema = 'billing' GROUP BY table_name`,
    )
    for (const { grant } of columns) await company.database.sql(grant)
    expect(states(await diagnose(env))).toEqual(EVERY_CHECK_FINE)
    await company.database.sql(`REVOKE SELECT (name) ON billing.accounts FROM ${role}`)
    expect(of('rights', await diagnose(env))[0]).toMatchObject({
      state: 'fault',
      found: `role ${role} may not read billing.accounts`,
    })
  })

  test('When row-level security hides rows from the role, a warning says so', async () => {
    await using company = await foundCompany()
    await company.database.sql(`
      ALTER TABLE billing.credit_grants ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own ON billing.credit_grants USING (account_id = current_user)`)
    const { env } = await withGrants(company, await documented)
    const findings = await diagnose(env)
    expect(states(troubles(findings))).toEqual(['rights: warning'])
    expect(of('rights', findings)[0]?.found).toMatch(/^row-level security decides which rows of billing\.credit_grants/)
  })
})

async function createRole({ database }: Company): Promise<string> {
  const role = `role_${randomUUID().replaceAll('-', '')}`
  await database.sql(`CREATE ROLE ${role} LOGIN PASSWORD 'role'`)
  return role
}
