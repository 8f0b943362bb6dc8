import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { migrate } from '../../src/store/migrate.ts'
import { insertCrowd } from '../support/billing.ts'
import { notesOf, runCli, startCli } from '../support/cli.ts'
import {
  AS_OF,
  type Company,
  crowdAddresses,
  foundCompany,
  insertDueCrowd,
  insertWarnedCrowd,
} from '../support/company.ts'
import { EXPIRY } from '../support/customer.ts'
import { urlAs, urlWith } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { startLine } from '../support/line.ts'
import { startPostgres } from '../support/postgres.ts'
import { expectDiscreet } from '../support/service.ts'

/** In doubt, a mail fails instead of going out again: an outage that leaves one in doubt is seen. */
const HOLD = { onUncertain: 'hold' }
const EVERY_SECOND = { schedule: '* * * * * *', ...HOLD }

const addressesAtSink = ({ sink }: Company) => sink.mails.flatMap(({ envelope }) => envelope.to).toSorted()

async function statesOf({ database }: Company) {
  return database.sql('SELECT state, uncertain, count(*)::int AS mails FROM reminders.mails GROUP BY 1, 2')
}

/** The company's environment with another way to its database. */
const by = ({ env }: Company, url: string) => ({ ...env, DATABASE_URL: url })

type Session = AsyncDisposable & Readonly<{ query: (text: string) => Promise<unknown> }>

/** A session of the test's own in a database. */
async function openSession(url: string): Promise<Session> {
  const session = new pg.Client(url)
  session.on('error', () => {})
  await session.connect()
  return { query: (text) => session.query(text), [Symbol.asyncDispose]: () => session.end() }
}

const waitingFor = async ({ database }: Company, event: string) => {
  const rows = await database.sql(
    `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = $1`,
    [event],
  )
  return rows.length
}

describe.concurrent('a database that is not there at the start', () => {
  test('ends a run with 3 and one line', async () => {
    await using company = await foundCompany()
    await using line = await startLine(company.database.url, { isCut: true })
    expect(await runCli(['run'], by(company, line.url))).toEqual({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(/^the database cannot be reached: [^\n]+; start it, or set DATABASE_URL right\n$/),
    })
  })

  test('is waited for by the service, which is alive and not ready meanwhile, and works once it is there', async () => {
    await using company = await foundCompany({ rules: EVERY_SECOND })
    await insertDueCrowd(company, 3)
    await using line = await startLine(company.database.url, { isCut: true })
    const cli = startCli(['start'], by(company, line.url))
    using _end = { [Symbol.dispose]: () => void cli.process.kill('SIGKILL') }
    const url = await cli.said(/"url":"([^"]+)","msg":"waiting for the database"/)
    await cli.said(/tries again in 2 s/)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    const readiness = await fetch(`${url}/readyz`)
    expect([readiness.status, await readiness.json()]).toMatchObject([
      503,
      { status: 'not ready', obstacles: [expect.stringMatching(/^the database cannot be reached: .+; start it/)] },
    ])
    const page = await fetch(`${url}/unsubscribe/token`)
    expect([page.status, page.headers.get('retry-after')]).toEqual([503, '60'])

    await line.mend()
    await cli.said(/"started"/)
    await eventually(() => expect(addressesAtSink(company)).toEqual(crowdAddresses(3)))
    cli.process.kill('SIGTERM')
    const result = await cli.result
    expect(result.code).toBe(0)
    expectDiscreet(result)
  })

  test('is waited for no longer by a service that is told to stop', async () => {
    await using company = await foundCompany()
    await using line = await startLine(company.database.url, { isCut: true })
    const cli = startCli(['start'], by(company, line.url))
    await cli.said(/tries again in 1 s/)
    cli.process.kill('SIGTERM')
    expect(await cli.result).toMatchObject({ code: 0, stdout: '' })
  })

  test('and one that a person has to let us into, are two things: nobody waits for the second', async () => {
    await using company = await foundCompany()
    const result = await runCli(['start'], by(company, urlAs(company.database.url, 'postgres', 'wrong')))
    expect(result).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^the database refuses the connection: [^\n]+\n$/),
    })
  })
})

describe.concurrent('a line to the database that breaks', () => {
  test('between the 250 of the mail server and the record: what was sent is recorded when it stands again', async () => {
    const mails = 40
    await using company = await foundCompany({ rules: HOLD, sink: { delayMs: 20 } })
    await insertWarnedCrowd(company, mails)
    await using line = await startLine(company.database.url)
    const run = startCli(['run', '--as-of', AS_OF], by(company, line.url))
    await eventually(() => expect(company.sink.mails.length).toBeGreaterThan(3))
    await line.cut()
    // Those under way are taken while nobody can write it down.
    await eventually(() => expect(company.sink.connections.open()).toBeGreaterThan(0))
    const taken = company.sink.mails.length
    await run.said(/results could not be recorded; it is tried again/)
    await run.said(/counting the mails that are left failed, and is tried again in 1 s/)
    expect(company.sink.mails.length).toBeGreaterThan(taken)
    await line.mend()
    const result = await run.result
    expect([result.code, result.stdout]).toEqual([0, expect.stringContaining(`delivered ${mails}, deferred 0`)])
    expect(addressesAtSink(company)).toEqual(crowdAddresses(mails))
    expect(await statesOf(company)).toEqual([{ state: 'sent', uncertain: false, mails }])
    expectDiscreet(result)
  })

  test("in the middle of a run's sweep: it is made once more, and once only", async () => {
    const mails = 20
    await using company = await foundCompany({ rules: HOLD })
    await insertWarnedCrowd(company, mails)
    await using blocker = await openSession(company.database.url)
    await blocker.query('BEGIN; LOCK TABLE reminders.notices IN ACCESS EXCLUSIVE MODE')
    await using line = await startLine(company.database.url)
    const run = startCli(['run', '--as-of', AS_OF], by(company, line.url))
    await eventually(async () => expect(await waitingFor(company, 'relation')).toBe(1))
    await line.cut()
    await run.said(/the sweep failed, and is tried again/)
    await blocker.query('COMMIT')
    await line.mend()
    expect(await run.result).toMatchObject({ code: 0, stdout: expect.stringContaining(`${mails} mails planned`) })
    expect(addressesAtSink(company)).toEqual(crowdAddresses(mails))
    expect(await company.database.sql('SELECT state, emails FROM reminders.sweeps')).toEqual([
      { state: 'planned', emails: mails },
    ])
  })

  test('as the sweep commits, which the server did: it is not made a second time, and delivered', async () => {
    const mails = 20
    await using company = await foundCompany({ rules: HOLD })
    await insertWarnedCrowd(company, mails)
    // A deferred trigger dawdles in the commit itself.
    await company.database.sql(`
      CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1.5); RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON reminders.sweeps DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION dawdle()`)
    await using line = await startLine(company.database.url)
    const run = startCli(['run', '--as-of', AS_OF], by(company, line.url))
    await eventually(async () => expect(await waitingFor(company, 'PgSleep')).toBe(1))
    await line.cut()
    await eventually(async () => expect(await company.database.sql('SELECT 1 FROM reminders.sweeps')).toHaveLength(1))
    await line.mend()
    const { code, stdout, stderr } = await run.result
    expect([code, stdout], stderr).toEqual([0, expect.stringContaining(`${mails} mails planned`)])
    expect(addressesAtSink(company)).toEqual(crowdAddresses(mails))
  })
})

describe.concurrent('others who use the database', () => {
  /** What another holds on to, and when the program needs it. */
  const LOCKED = [
    ['reminders.notices', 'it plans', /the sweep failed, and is tried again/],
    ['billing.credit_grants', 'it plans', /the sweep failed, and is tried again/],
  ] as const

  test.each(LOCKED)(
    'When one holds %s for longer than a statement may take as %s, it waits and goes on',
    async (...locked) => {
      const [table, , said] = locked
      const mails = 20
      await using company = await foundCompany({ rules: HOLD })
      await insertWarnedCrowd(company, mails)
      await using blocker = await openSession(company.database.url)
      await blocker.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`)
      const url = urlWith(company.database.url, 'statement_timeout', '300')
      const run = startCli(['run', '--as-of', AS_OF], by(company, url))
      await run.said(said)
      await blocker.query('COMMIT')
      const result = await run.result
      expect(result.code).toBe(0)
      expect(result.stderr).toContain('the database is busy: canceling statement due to statement timeout')
      expect(addressesAtSink(company)).toEqual(crowdAddresses(mails))
      expectDiscreet(result)
    },
  )

  test.each([
    ['plans', 'INSERT ON reminders.notices', /the sweep failed, and is tried again/],
    ['claims its mails', 'UPDATE ON reminders.mails', /batch failed; the queue hands it out again/],
    ['records what was sent', 'INSERT ON reminders.attempts', /results could not be recorded; it is tried again/],
  ])('When it %s and gets into a deadlock with one, it lets that one go first', async (_when, event, said) => {
    const mails = 20
    await using company = await foundCompany({ rules: HOLD })
    await insertWarnedCrowd(company, mails)
    // Two locks, taken by the program in this order and by the other one in the opposite.
    await company.database.sql(`
      CREATE FUNCTION lock_both() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_advisory_xact_lock(1); PERFORM pg_advisory_xact_lock(2); RETURN NULL; END $$;
      CREATE TRIGGER lock_both AFTER ${event} FOR EACH STATEMENT EXECUTE FUNCTION lock_both()`)
    await using other = await openSession(company.database.url)
    // The first to look for the deadlock is its victim.
    await other.query(`SET deadlock_timeout = '1min'; BEGIN; SELECT pg_advisory_xact_lock(2)`)
    const run = startCli(['run', '--as-of', AS_OF], by(company, company.database.url))
    await eventually(async () => expect(await waitingFor(company, 'advisory')).toBe(1))
    await other.query('SELECT pg_advisory_xact_lock(1); COMMIT')
    await run.said(said)
    const result = await run.result
    expect(result.code).toBe(0)
    expect(result.stderr).toContain('deadlock detected')
    expect(addressesAtSink(company)).toEqual(crowdAddresses(mails))
    expect(await statesOf(company)).toEqual([{ state: 'sent', uncertain: false, mails }])
    expectDiscreet(result)
  })

  test('When its sessions are serializable by default, three runs at once still tell everyone once', async () => {
    const mails = 150
    await using company = await foundCompany({ rules: HOLD })
    await insertWarnedCrowd(company, mails)
    const { pathname } = new URL(company.database.url)
    await company.database.sql(`ALTER DATABASE ${pathname.slice(1)} SET default_transaction_isolation = 'serializable'`)
    const results = await Promise.all([1, 2, 3].map(() => runCli(['run', '--as-of', AS_OF], company.env)))
    for (const result of results) expect([result.code, notesOf(result)]).toEqual([0, ''])
    expect(addressesAtSink(company)).toEqual(crowdAddresses(mails))
    expect(await statesOf(company)).toEqual([{ state: 'sent', uncertain: false, mails }])
  })
})

/** A role of the company's database that may do the program's work, and how many sessions it may have at a time. */
async function limitedRole({ database }: Company) {
  const role = `app_${randomUUID().replaceAll('-', '')}`
  const schemas = 'billing, reminders, pgboss, public'
  await database.sql(`
    CREATE ROLE ${role} LOGIN PASSWORD 'app';
    GRANT USAGE ON SCHEMA ${schemas} TO ${role};
    GRANT ALL ON ALL TABLES IN SCHEMA ${schemas} TO ${role};
    GRANT ALL ON ALL SEQUENCES IN SCHEMA ${schemas} TO ${role};
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${schemas} TO ${role}`)
  return {
    url: urlAs(database.url, role, 'app'),
    allow: (sessions: number) => database.sql(`ALTER ROLE ${role} CONNECTION LIMIT ${sessions}`),
    endSessions: () =>
      database.sql('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [role]),
    [Symbol.asyncDispose]: async () => {
      await database.sql('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [role])
      await database.sql(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
    },
  }
}

describe.concurrent('a database that has no connection left', () => {
  test('ends a run with 3 and one line', async () => {
    await using company = await foundCompany()
    await using role = await limitedRole(company)
    await role.allow(0)
    expect(await runCli(['run'], by(company, role.url))).toEqual({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(/^the database has no connection left for us: [^\n]+\n$/),
    })
  })

  test('is waited for by the service', async () => {
    await using company = await foundCompany({ rules: EVERY_SECOND })
    await using role = await limitedRole(company)
    await role.allow(0)
    const cli = startCli(['start'], by(company, role.url))
    using _end = { [Symbol.dispose]: () => void cli.process.kill('SIGKILL') }
    await cli.said(/has no connection left for us: .+ tries again in 1 s/)
    await role.allow(-1)
    await cli.said(/"started"/)
    await insertDueCrowd(company, 2)
    await eventually(() => expect(addressesAtSink(company)).toEqual(crowdAddresses(2)))
  })

  test('as the queue and the run want theirs: they share those that they get', async () => {
    const mails = 60
    await using company = await foundCompany({ rules: HOLD, sink: { delayMs: 10 } })
    await insertWarnedCrowd(company, mails)
    await using role = await limitedRole(company)
    await role.allow(6)
    const result = await runCli(['run', '--as-of', AS_OF], by(company, role.url))
    expect(result.code, result.stderr).toBe(0)
    expect(addressesAtSink(company)).toEqual(crowdAddresses(mails))
    expect(await statesOf(company)).toEqual([{ state: 'sent', uncertain: false, mails }])
  })

  test('in mid-delivery, for none of the sessions that broke: what was sent is recorded when there is one again', async () => {
    const mails = 40
    await using company = await foundCompany({ rules: HOLD, sink: { delayMs: 20 } })
    await insertWarnedCrowd(company, mails)
    await using role = await limitedRole(company)
    const run = startCli(['run', '--as-of', AS_OF], by(company, role.url))
    await eventually(() => expect(company.sink.mails.length).toBeGreaterThan(3))
    await role.allow(0)
    await role.endSessions()
    await run.said(/too many connections.+results could not be recorded; it is tried again/)
    await role.allow(-1)
    const result = await run.result
    expect(result.code, result.stderr).toBe(0)
    expect(addressesAtSink(company)).toEqual(crowdAddresses(mails))
    expect(await statesOf(company)).toEqual([{ state: 'sent', uncertain: false, mails }])
    expectDiscreet(result)
  })
})

describe('a database server that crashes', () => {
  test('in mid-delivery, and starts again: the run goes on, and everyone is told once', async () => {
    const mails = 150
    await using company = await foundCompany({ rules: HOLD, sink: { delayMs: 20 } })
    // As one in earnest keeps what it has committed.
    const server = await startPostgres(['fsync=on', 'synchronous_commit=on', 'full_page_writes=on'])
    await using _server = { [Symbol.asyncDispose]: server.stop }
    const url = server.url('postgres')
    await migrate({ url, withBilling: true })
    const pool = new pg.Pool({ connectionString: url, max: 1 })
    pool.on('error', () => {})
    await using _pool = { [Symbol.asyncDispose]: () => pool.end() }
    const sql = async (text: string, values?: unknown[]) => (await pool.query(text, values)).rows
    await insertCrowd(sql, { count: mails, expiresFrom: new Date(EXPIRY), expiresTo: new Date(EXPIRY) })
    const run = startCli(['run', '--as-of', AS_OF], by(company, url))
    await eventually(() => expect(company.sink.mails.length).toBeGreaterThan(10))
    const [{ pid = 0 } = {}] = await sql(
      `SELECT pid FROM pg_stat_activity WHERE application_name = 'credit-reminders run' LIMIT 1`,
    )
    // One of its processes killed outright, and the server ends them all, and recovers from its log.
    process.kill(pid, 'SIGKILL')
    const result = await run.result
    expect(result.code, result.stderr).toBe(0)
    expect(result.stderr).toContain('results could not be recorded; it is tried again')
    expect(addressesAtSink(company)).toEqual(crowdAddresses(mails))
    expect(await sql('SELECT state, uncertain, count(*)::int AS mails FROM reminders.mails GROUP BY 1, 2')).toEqual([
      { state: 'sent', uncertain: false, mails },
    ])
    expectDiscreet(result)
  })
})
