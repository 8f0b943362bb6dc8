import { createHash, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { DependencyError } from '../../src/errors.ts'
import { prismaFolder } from '../../src/paths.ts'
import { addressHash } from '../../src/store/address-hash.ts'
import { readKeptAway } from '../../src/store/kept-away.ts'
import { migrate, pendingMigrations } from '../../src/store/migrate.ts'
import { migrationNames } from '../../src/store/migration-list.ts'
import { missingOwnTables } from '../../src/store/own-tables.ts'
import { openQueue } from '../../src/store/queue.ts'
import { type TestDatabase, testDatabase, urlAs, urlWith } from '../support/database.ts'

const names = await migrationNames()
/** The record of migrations, as Prisma's engine makes it. */
const HISTORY_TABLE = `CREATE TABLE _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`
const nothing = { billing: [], ledger: [], queue: [] }

describe('migrate', () => {
  test('on a fresh database creates the ledger and the queue, and not the billing schema', async () => {
    await using database = await testDatabase({ bare: true })
    expect(await pendingMigrations(database)).toEqual(names)
    const done = await migrate({ url: database.url, withBilling: false })
    expect(done).toMatchObject({ billing: [], ledger: names })
    expect(await pendingMigrations(database)).toEqual([])
    expect(await schemasOf(database)).toEqual(['pgboss', 'public', 'reminders'])
  })

  test('makes every table that is looked for as our own', async () => {
    await using bare = await testDatabase({ bare: true })
    await using database = await testDatabase()
    const rows = await database.sql<{ name: string }>(
      `SELECT 'reminders.' || tablename AS name FROM pg_tables WHERE schemaname = 'reminders' ORDER BY 1`,
    )
    expect(await missingOwnTables(bare.db)).toEqual(rows.map(({ name }) => name))
    expect(await missingOwnTables(database.db)).toEqual([])
  })

  test('a second time does nothing', async () => {
    await using database = await testDatabase({ bare: true })
    await migrate({ url: database.url, withBilling: true })
    expect(await migrate({ url: database.url, withBilling: true })).toEqual(nothing)
  })

  test('started three times at once does everything once', async () => {
    await using database = await testDatabase({ bare: true })
    const results = await Promise.all([1, 2, 3].map(() => migrate({ url: database.url, withBilling: true })))
    expect(results.filter(({ ledger }) => ledger.length > 0)).toHaveLength(1)
    expect(results.filter((result) => JSON.stringify(result) === JSON.stringify(nothing))).toHaveLength(2)
  })

  test("beside a company's own tables and views leaves these as they are", async () => {
    await using database = await testDatabase({ bare: true })
    await database.sql(`
      CREATE TABLE public.orders (id int);
      CREATE SCHEMA billing;
      CREATE TABLE billing.customers (id text, label text);
      CREATE VIEW billing.accounts AS
        SELECT id, label AS name, NULL::text AS time_zone, NULL::text AS locale, NULL::timestamptz AS closed_at
          FROM billing.customers;
      CREATE TABLE billing.contacts (id text, account_id text)`)
    const before = await relationsOf(database)
    const done = await migrate({ url: database.url, withBilling: true })
    expect(done.billing).toEqual(['billing.credit_grants', 'billing.credit_usage'])
    const after = await relationsOf(database)
    expect(after).toEqual(expect.arrayContaining(before))
    expect(after.filter(({ relation }) => relation.startsWith('billing.contacts'))).toHaveLength(1)
  })

  test('as a role that may create schemas and is no superuser, works', async () => {
    await using database = await testDatabase({ bare: true })
    const url = await roleFor(
      database,
      (role, name) => `GRANT CREATE ON DATABASE ${name} TO ${role}; GRANT CREATE ON SCHEMA public TO ${role}`,
    )
    expect(await migrate({ url, withBilling: true })).toMatchObject({ ledger: names })
  })

  test('as a role that may not create, says so in one line and can be run again', async () => {
    await using database = await testDatabase({ bare: true })
    const url = await roleFor(database, (role) => `GRANT CREATE ON SCHEMA public TO ${role}`)
    const fault = await migrate({ url, withBilling: false }).catch((error) => error)
    expect(fault).toBeInstanceOf(DependencyError)
    const [name, role] = [new URL(url).pathname.slice(1), new URL(url).username]
    expect(fault.lines).toEqual([
      expect.stringMatching(/^the migration \w+ failed: permission denied for database \w+; let its owner run: /),
    ])
    expect(fault.message).toContain(`GRANT CREATE ON DATABASE ${name} TO ${role}`)
    expect(await pendingMigrations(database)).toEqual(names)
    await database.sql(fault.message.split('run: ')[1])
    expect(await migrate({ url, withBilling: false })).toMatchObject({ ledger: names })
  })

  test('as a role that may not even keep the history, says what to grant', async () => {
    await using database = await testDatabase({ bare: true })
    const url = await roleFor(database, (role, name) => `GRANT CREATE ON DATABASE ${name} TO ${role}`)
    const fault = await migrate({ url, withBilling: false }).catch((error) => error)
    expect(fault.lines).toEqual([
      `the database role lacks a right: permission denied for schema public; let its owner run: GRANT CREATE ON SCHEMA public TO ${new URL(url).username}`,
    ])
    await database.sql(fault.message.split('run: ')[1])
    expect(await migrate({ url, withBilling: false })).toMatchObject({ ledger: names })
  })

  test('when a script fails half way, leaves nothing of it behind', async () => {
    await using database = await testDatabase({ bare: true })
    await database.sql('CREATE SCHEMA reminders; CREATE TABLE reminders.unsubscriptions (id int)')
    const fault = await migrate({ url: database.url, withBilling: false }).catch((error) => error)
    expect(fault.lines).toEqual([
      `the migration ${names[0]} failed: relation "unsubscriptions" already exists; nothing of it was applied: mend that, then run credit-reminders migrate again`,
    ])
    expect(await database.sql(`SELECT to_regclass('reminders.sweeps') AS sweeps`)).toEqual([{ sweeps: null }])
    await database.sql('DROP TABLE reminders.unsubscriptions')
    expect(await migrate({ url: database.url, withBilling: false })).toMatchObject({ ledger: names })
  })

  test('from the tables of before preferences keeps what was asked and what was suppressed, and both hold', async () => {
    await using database = await testDatabase({ bare: true })
    await applyAsPrismaDoes(
      database,
      names.filter((name) => name < '20261126'),
    )
    const [ana, bob] = ['ana@example.com', 'bob@example.com'].map(addressHash)
    await database.sql(`
      INSERT INTO reminders.unsubscriptions (contact_id, account_id, created_at) VALUES ('con_1', 'acc_1', '2026-11-01Z');
      INSERT INTO reminders.suppressions (address_hash, reason, scope, source, created_at, listed_at, lifted_at)
      VALUES ('${ana}', 'complaint', 'warnings', 'mail 1', '2026-11-02Z', '2026-11-03Z', NULL),
             ('${bob}', 'bounced', 'all', 'mail 2', '2026-11-02Z', '2026-11-03Z', '2026-11-04Z')`)
    expect((await migrate({ url: database.url, withBilling: true })).ledger).toEqual(
      names.filter((name) => name >= '20261126'),
    )
    expect(
      await database.sql('SELECT contact_id, address_hash, scope, source, lifted_at FROM reminders.unsubscriptions'),
    ).toEqual([{ contact_id: 'con_1', address_hash: null, scope: 'all', source: 'link', lifted_at: null }])
    expect(
      await database.sql('SELECT reason, scope, source, lifted_at FROM reminders.suppressions ORDER BY source'),
    ).toEqual([
      { reason: 'complaint', scope: 'warnings', source: 'mail 1', lifted_at: null },
      { reason: 'bounced', scope: 'all', source: 'mail 2', lifted_at: new Date('2026-11-04Z') },
    ])
    const kept = await readKeptAway(database.db, [
      { contactId: 'con_1', accountId: 'acc_1', addressHash: ana ?? '' },
      { contactId: 'con_1', accountId: 'acc_2', addressHash: bob ?? '' },
    ])
    expect(kept).toEqual([
      { optedOut: 'all', suppressed: 'warnings' },
      { optedOut: null, suppressed: null },
    ])
  })

  test('keeps its history in the schema that the URL names, as the Prisma CLI does', async () => {
    await using database = await testDatabase({ bare: true })
    const url = urlWith(database.url, 'schema', 'history')
    await migrate({ url, withBilling: false })
    expect(await pendingMigrations({ url })).toEqual([])
    expect(await database.sql('SELECT count(*)::int AS count FROM history._prisma_migrations')).toEqual([
      { count: names.length },
    ])
  })

  test('when the database is down, says so', async () => {
    const url = 'postgresql://app:hunter2@127.0.0.1:1/billing'
    const fault = await migrate({ url, withBilling: false }).catch((error) => error)
    expect(fault).toBeInstanceOf(DependencyError)
    expect(fault.message).toMatch(/^the database cannot be reached: /)
    expect(fault.message).not.toContain('hunter2')
  })
})

describe('beside `prisma migrate deploy`', () => {
  test('the records are those that it would have written', async () => {
    await using database = await testDatabase()
    const rows = await database.sql(
      'SELECT migration_name, checksum, finished_at >= started_at AS finished, logs, rolled_back_at, applied_steps_count FROM _prisma_migrations',
    )
    expect(rows).toEqual(
      await Promise.all(
        names.map(async (name) => ({
          migration_name: name,
          checksum: createHash('sha256')
            .update(await scriptOf(name))
            .digest('hex'),
          finished: true,
          logs: null,
          rolled_back_at: null,
          applied_steps_count: 1,
        })),
      ),
    )
  })

  test('a database that it has migrated is understood', async () => {
    await using database = await testDatabase({ bare: true })
    await applyAsPrismaDoes(database, names)
    expect(await pendingMigrations(database)).toEqual([])
    expect(await migrate({ url: database.url, withBilling: false })).toMatchObject({ ledger: [] })
  })

  test('a failure of another program in the same history is left to that program', async () => {
    await using database = await testDatabase({ bare: true })
    await database.sql(HISTORY_TABLE)
    await database.sql(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('x', 'y', '20200101000000_shop')`,
    )
    const fault = await migrate({ url: database.url, withBilling: false }).catch((error) => error)
    expect(fault.lines).toHaveLength(1)
    expect(fault.message).toMatch(/public\._prisma_migrations, .* 20200101000000_shop: .*\?schema=reminders/)
    const history = `SELECT id, rolled_back_at FROM public._prisma_migrations`
    expect(await database.sql(history)).toEqual([{ id: 'x', rolled_back_at: null }])

    // As the line advises: our own record, apart from that of the other program.
    const url = urlWith(database.url, 'schema', 'reminders')
    expect((await migrate({ url, withBilling: false })).ledger).toEqual(names)
    expect(await pendingMigrations({ url })).toEqual([])
    expect(await migrate({ url, withBilling: false })).toEqual(nothing)
    expect(await database.sql(history)).toEqual([{ id: 'x', rolled_back_at: null }])
  })
})

describe('after it, a role that may only read billing', async () => {
  const database = await testDatabase()
  afterAll(database.drop)
  const url = await roleFor(
    database,
    (role) => `
      GRANT USAGE ON SCHEMA billing, reminders, pgboss TO ${role};
      GRANT SELECT ON ALL TABLES IN SCHEMA billing TO ${role};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA reminders, pgboss TO ${role};
      GRANT USAGE ON ALL SEQUENCES IN SCHEMA reminders, pgboss TO ${role}`,
  )

  test('joins the queue and works in it', async () => {
    const faults: unknown[] = []
    const log = { error: (fault: unknown) => faults.push(fault), warn: (fault: unknown) => faults.push(fault) }
    const queue = await openQueue({ url, log: log as never })
    const worked = Promise.withResolvers<unknown>()
    await queue.work('sweep', { pollingIntervalSeconds: 0.5 }, async ([job]) => worked.resolve(job?.data))
    await queue.send('sweep', { slot: 'now' })
    expect(await worked.promise).toEqual({ slot: 'now' })
    await queue.supervise()
    await queue.stop({ graceful: false })
    expect(faults).toEqual([])
  })
})

async function schemasOf(database: TestDatabase): Promise<string[]> {
  const rows = await database.sql<{ name: string }>(
    `SELECT nspname AS name FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema' ORDER BY 1`,
  )
  return rows.map(({ name }) => name)
}

/** Every column of every relation outside our own schemas. */
function relationsOf(database: TestDatabase): Promise<{ relation: string }[]> {
  return database.sql(
    `SELECT format('%s.%s (%s)', table_schema, table_name, string_agg(column_name, ', ' ORDER BY ordinal_position)) AS relation
       FROM information_schema.columns WHERE table_schema IN ('public', 'billing') AND table_name <> '_prisma_migrations'
      GROUP BY table_schema, table_name`,
  )
}

/** What its engine does: the same table, a row begun, the script as one query, the row finished. */
async function applyAsPrismaDoes(database: TestDatabase, migrations: readonly string[]): Promise<void> {
  await database.sql(HISTORY_TABLE)
  for (const name of migrations) {
    const script = await scriptOf(name)
    await database.sql(script)
    await database.sql(
      `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
       VALUES ($1, $2, now(), $3, 1)`,
      [randomUUID(), createHash('sha256').update(script).digest('hex'), name],
    )
  }
}

function scriptOf(name: string): Promise<string> {
  return readFile(join(prismaFolder, 'migrations', name, 'migration.sql'), 'utf8')
}

/** A new role of the server with these rights, as a URL. */
async function roleFor(database: TestDatabase, grants: (role: string, name: string) => string): Promise<string> {
  const role = `role_${randomUUID().replaceAll('-', '')}`
  await database.sql(`CREATE ROLE ${role} LOGIN PASSWORD 'role'`)
  await database.sql(grants(role, new URL(database.url).pathname.slice(1)))
  return urlAs(database.url, role, 'role')
}
