import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { DependencyError } from '../../src/errors.ts'
import { openDatabase } from '../../src/store/database.ts'
import { databaseFault, isPassing } from '../../src/store/database-fault.ts'
import { pendingMigrations } from '../../src/store/migrate.ts'
import { tryQueue } from '../../src/store/queue.ts'
import { testDatabase, urlAs, urlWith } from '../support/database.ts'

const options = { maxConnections: 1, applicationName: 'test' }

describe('opening a database', () => {
  test('when it is down, says so in one line', async () => {
    const fault = await faultOf(openDatabase({ ...options, url: 'postgresql://app:hunter2@127.0.0.1:1/billing' }))
    expect(fault.lines).toEqual([
      'the database cannot be reached: no answer from 127.0.0.1:1; start it, or set DATABASE_URL right',
    ])
  })

  test('when the password is wrong, names the role and not the password', async () => {
    await using database = await testDatabase()
    const fault = await faultOf(openDatabase({ ...options, url: urlAs(database.url, 'postgres', 'hunter2') }))
    expect(fault.lines).toEqual([
      'the database refuses the connection: password authentication failed for user "postgres"; see DATABASE_URL',
    ])
    expect(fault.message).not.toContain('hunter2')
  })

  test('when there is no such database, names it', async () => {
    await using database = await testDatabase()
    const fault = await faultOf(openDatabase({ ...options, url: database.url.replace(/(test_\w+)/, '$1_gone') }))
    expect(fault.message).toMatch(/^the database refuses the connection: database "test_\w+_gone" does not exist/)
  })

  test('when the URL asks for TLS and the server has none, says so, whoever asks', async () => {
    await using database = await testDatabase()
    const url = urlWith(database.url, 'sslmode', 'verify-full')
    const attempts = [
      () => openDatabase({ ...options, url }),
      () => pendingMigrations({ url }),
      () => tryQueue({ url }),
    ]
    for (const attempt of attempts) {
      expect((await faultOf(attempt())).lines).toEqual([
        'the database refuses the connection: The server does not support SSL connections; let it speak TLS (ssl = on); or, on a network that you trust, set sslmode=disable in DATABASE_URL',
      ])
    }
  })

  test('for reading only, Postgres itself refuses to write, whatever other options the URL holds', async () => {
    await using database = await testDatabase()
    const url = urlWith(database.url, 'options', '-c work_mem=8MB')
    const db = await openDatabase({ ...options, url, readOnly: true })
    await expect(db.unsubscription.deleteMany()).rejects.toThrow('read-only')
    await db.$disconnect()
  })
})

test('a session sees what others have committed, whatever the default of the database and the options of the URL', async () => {
  await using database = await testDatabase()
  const name = new URL(database.url).pathname.slice(1)
  await database.sql(`ALTER DATABASE ${name} SET default_transaction_isolation = 'serializable'`)
  const url = urlWith(database.url, 'options', '-c work_mem=8MB')
  const db = await openDatabase({ ...options, url })
  const [session] = await db.$queryRawUnsafe<unknown[]>(
    `SELECT current_setting('transaction_isolation') AS isolation, current_setting('work_mem') AS memory`,
  )
  expect(session).toEqual({ isolation: 'read committed', memory: '8MB' })
  await db.$disconnect()
})

describe('a fault of the database in the middle of the work', () => {
  /** Raised by the server itself, in a statement and in the commit of a transaction. */
  test.each([
    ['40001', true, 'the database let other work go first: as told; try again'],
    ['40P01', true, 'the database let other work go first: as told; try again'],
    ['53100', true, 'the database has run out of room: as told; give it more disk or memory'],
    [
      '53300',
      true,
      'the database has no connection left for us: as told; let it allow more (max_connections, or the limit of the role), or end some that others hold',
    ],
    ['57014', true, 'the database is busy: as told; try again when it is less so'],
    ['57P03', true, 'the database cannot be reached: as told; start it, or set DATABASE_URL right'],
    ['25006', true, 'the database takes no writes: as told; name one that does in DATABASE_URL'],
    [
      '42501',
      false,
      'the database role lacks a right: as told; grant it; docs/operations.md lists what the role needs',
    ],
    ['28000', false, 'the database refuses the connection: as told; see DATABASE_URL'],
    ['23505', false, undefined],
  ])('%s passes: %s', async (code, passes, line) => {
    await using database = await testDatabase()
    await database.sql(`
      CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION USING ERRCODE = '${code}', MESSAGE = 'as told'; END $$;
      CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON reminders.unsubscriptions DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION public.fail()`)
    const { db } = database
    const data = { contactId: 'con_1', accountId: 'acc_1' }
    for (const work of [
      () => db.$executeRawUnsafe(`DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '${code}', MESSAGE = 'as told'; END $$`),
      () => db.unsubscription.create({ data }),
      () => db.$transaction((tx) => tx.unsubscription.create({ data })),
    ]) {
      const error = await work().catch((reason: unknown) => reason)
      expect([databaseFault(error)?.message, isPassing(error)]).toEqual([line, passes])
      expect(isPassing(databaseFault(error))).toBe(passes)
    }
  })

  test('when the database is not migrated, tells what to run', async () => {
    await using database = await testDatabase({ bare: true })
    for (const query of [
      () => database.db.sweep.findFirst(),
      () => database.db.$queryRawUnsafe('SELECT 1 FROM reminders.sweeps'),
      () => database.sql('SELECT 1 FROM reminders.sweeps'),
    ]) {
      const fault = databaseFault(await query().catch((error) => error))
      expect(fault?.lines).toEqual([
        'the database is not migrated: relation "reminders.sweeps" does not exist; run credit-reminders migrate',
      ])
    }
  })

  test('when the billing schema lacks a column, names it', async () => {
    await using database = await testDatabase()
    await database.sql('ALTER TABLE billing.credit_grants DROP COLUMN voided_at')
    const query = database.db.$queryRawUnsafe('SELECT g.voided_at FROM billing.credit_grants g')
    const fault = databaseFault(await query.catch((error) => error))
    expect(fault?.message).toContain('column g.voided_at does not exist')
  })

  test('when the session is ended, it counts as down', async () => {
    await using database = await testDatabase()
    const query = database.db.$queryRawUnsafe('SELECT pg_terminate_backend(pg_backend_pid())')
    expect(databaseFault(await query.catch((error) => error))?.message).toMatch(/^the database cannot be reached/)
  })

  test('when the session is ended between two statements of a transaction, it counts as down', async () => {
    await using database = await testDatabase()
    const working = database.db.$transaction(async (tx) => {
      const [own] = await tx.$queryRawUnsafe<{ pid: number }[]>('SELECT pg_backend_pid() AS pid')
      await database.sql('SELECT pg_terminate_backend($1)', [own?.pid])
      // The end of the line has reached the driver by then, which refuses the next statement by itself.
      await setTimeout(200)
      await tx.$queryRawUnsafe('SELECT 1 AS one')
    })
    const fault = await working.catch((error) => error)
    expect(databaseFault(fault)?.message).toMatch(/^the database cannot be reached: Client has encountered/)
    expect(isPassing(fault)).toBe(true)
  })

  test.each([
    ['42501', 'permission denied for table mails', /^the database role lacks a right: .*; grant it; docs\/operations/],
    ['25006', 'cannot execute INSERT in a read-only transaction', /^the database takes no writes: .*; name one that/],
    [
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'self-signed certificate; if the root CA is installed locally, try running Node.js with --use-system-ca',
      /^the certificate .* self-signed certificate; use the/,
    ],
    [
      '',
      'There was an error establishing an SSL connection',
      /^the database refuses the connection: There was .*; see/,
    ],
    [
      'EPROTO',
      '40BD:error:0A00010B:SSL routines:f:wrong version number:../ssl/a.c:77:',
      /connection: wrong version num/,
    ],
  ])('when it is %s, the line ends with what to do', (code, message, line) => {
    const fault = databaseFault(Object.assign(new Error(message), { code }))
    expect(fault?.message).toMatch(line)
  })

  test('when it is a fault of ours, it is not the database that is blamed', async () => {
    await using database = await testDatabase()
    expect(databaseFault(await database.sql('SELECT FROM WHERE').catch((error) => error))).toBeNull()
    expect(databaseFault(new Error('other'))).toBeNull()
    expect(databaseFault('other')).toBeNull()
  })
})

async function faultOf(opening: Promise<unknown>): Promise<DependencyError> {
  const error = await opening.then(() => null).catch((reason) => reason)
  expect(error).toBeInstanceOf(DependencyError)
  return error as DependencyError
}
