import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { auditLedger } from '../../src/store/audit.ts'
import { runCli, startCli } from '../support/cli.ts'
import {
  AS_OF,
  type Company,
  type CompanyOptions,
  crowdAddresses,
  foundCompany,
  insertDueCrowd,
  insertWarnedCrowd,
} from '../support/company.ts'
import { eventually } from '../support/eventually.ts'
import { type KillPoint, killedAt } from '../support/kill-points.ts'
import { openProgram, type Program } from '../support/program.ts'
import { startService } from '../support/service.ts'
import type { SinkMail } from '../support/smtp-sink.ts'

const MAILS = 40
/** Ten for each of five connections: what a process may have under way. */
const PLACES = 50

/** The real program, killed where it is told to be; with what the ledger then holds, by state. */
async function runUntil(
  company: Company,
  point: KillPoint,
  { nth = 1, env = {} }: Readonly<{ nth?: number; env?: Readonly<Record<string, string>> }> = {},
): Promise<Readonly<Record<string, number>>> {
  const run = startCli(['run', '--as-of', AS_OF], { ...company.env, ...env, ...killedAt(point, nth) })
  const { stderr } = await run.result
  expect([run.process.signalCode, stderr]).toEqual(['SIGKILL', expect.not.stringMatching(/fault/)])
  return statesOf(company)
}

async function statesOf({ database }: Company): Promise<Readonly<Record<string, number>>> {
  const rows = await database.sql<{ state: string; mails: number }>(
    `SELECT state || CASE WHEN handed_over_at IS NOT NULL THEN ' handed over' ELSE '' END AS state, count(*)::int AS mails
       FROM reminders.mails GROUP BY 1`,
  )
  return Object.fromEntries(rows.map(({ state, mails }) => [state, mails]))
}

/** As if the dead had been dead for a while, so that the queue need not be waited for. */
async function passTime({ database }: Company): Promise<void> {
  await database.sql(`UPDATE pgboss.job SET heartbeat_on = heartbeat_on - interval '1 minute' WHERE state = 'active'`)
}

/**
 * What was promised, whatever happened: all are told, in as many copies as were counted in doubt, each under one
 * Message-ID; nothing is half planned, and the ledger agrees with itself.
 *
 * @returns how many mails were in doubt, and how many of them arrived twice
 */
async function expectKept({ sink, database }: Company): Promise<Readonly<{ inDoubt: number; twice: number }>> {
  const inDoubt = await database.sql<{ address: string }>(
    'SELECT to_address AS address FROM reminders.mails WHERE uncertain',
  )
  const doubtful = new Set(inDoubt.map(({ address }) => address))
  const copies = Map.groupBy(sink.mails, ({ envelope }) => envelope.to.join())
  expect([...copies.keys()].toSorted()).toEqual(crowdAddresses(MAILS))
  for (const [address, ofAddress] of copies) {
    expect(ofAddress.length, address).toBeLessThanOrEqual(doubtful.has(address) ? 2 : 1)
    expect(new Set(ofAddress.map(messageIdOf)).size, address).toBe(1)
  }
  expect(await database.sql('SELECT DISTINCT state FROM reminders.mails')).toEqual([{ state: 'sent' }])
  expect(await database.sql('SELECT DISTINCT state FROM reminders.notices')).toEqual([{ state: 'sent' }])
  expect(await auditLedger(database.db, null)).toMatchObject({ findings: [], counts: { mails: MAILS, notices: MAILS } })
  return { inDoubt: doubtful.size, twice: [...copies.values()].filter(({ length }) => length === 2).length }
}

function messageIdOf({ raw }: SinkMail): string {
  return /^Message-ID: (.+)$/im.exec(raw.toString('latin1'))?.[1] ?? ''
}

async function companyToWarn(options?: CompanyOptions): Promise<Program> {
  const program = await openProgram(options)
  await insertWarnedCrowd(program, MAILS)
  return program
}

describe.concurrent('killed outright, and run again', () => {
  test.each<[KillPoint, Readonly<Record<string, number>>, { arrived: number; inDoubt: number; twice: number }]>([
    ['mid-sweep', {}, { arrived: 0, inDoubt: 0, twice: 0 }],
    ['between-ledger-and-queue', {}, { arrived: 0, inDoubt: 0, twice: 0 }],
    ['before-claim', { queued: MAILS }, { arrived: 0, inDoubt: 0, twice: 0 }],
    ['after-claim', { sending: MAILS }, { arrived: 0, inDoubt: 0, twice: 0 }],
    ['after-rendering', { sending: MAILS - 1, 'sending handed over': 1 }, { arrived: 0, inDoubt: 1, twice: 0 }],
    ['mid-data', { sending: MAILS - 1, 'sending handed over': 1 }, { arrived: 0, inDoubt: 1, twice: 0 }],
    ['after-250', { sending: MAILS - 1, 'sending handed over': 1 }, { arrived: 1, inDoubt: 1, twice: 1 }],
  ])('at %s, all are told, and only what was handed over is in doubt', async (point, states, fate) => {
    await using company = await companyToWarn()
    expect(await runUntil(company, point)).toEqual(states)
    expect(company.sink.mails).toHaveLength(fate.arrived)
    await passTime(company)
    expect(await company.runAt(AS_OF)).toMatchObject({ unfinished: 0 })
    expect(await expectKept(company)).toEqual({ inDoubt: fate.inDoubt, twice: fate.twice })
  })

  test.each<[KillPoint, number]>([
    ['after-rendering', 20],
    ['mid-data', 20],
    ['after-250', 20],
    ['mid-group-write', 2],
  ])('at %s with many under way, no more are in doubt than places on the way out', async (point, nth) => {
    await using company = await companyToWarn()
    await runUntil(company, point, { nth })
    await passTime(company)
    expect(await company.runAt(AS_OF)).toMatchObject({ unfinished: 0 })
    expect((await expectKept(company)).inDoubt).toBeLessThanOrEqual(PLACES)
  })

  test.each<[KillPoint, number, number]>([
    ['mid-sweep', 3, MAILS / 2],
    ['between-ledger-and-queue', 1, MAILS],
  ])(
    'at %s of a sweep in parts, nothing of it has left, and the next run completes it',
    async (point, nth, planned) => {
      await using company = await companyToWarn()
      expect(await runUntil(company, point, { nth, env: { SWEEP_PART_GRANTS: '10' } })).toEqual({ held: planned })
      expect(company.sink.mails).toEqual([])
      expect(await company.runAt(AS_OF)).toMatchObject({ unfinished: 0 })
      expect(await expectKept(company)).toEqual({ inDoubt: 0, twice: 0 })
    },
  )

  test('at mid-group-write, what was recorded is not sent again, though its answer was never read', async () => {
    await using company = await companyToWarn()
    expect(await runUntil(company, 'mid-group-write')).toMatchObject({ sent: 1 })
    expect(company.sink.mails).toHaveLength(1)
    await passTime(company)
    await company.runAt(AS_OF)
    expect(await expectKept(company)).toMatchObject({ twice: 0 })
  })

  test('within the statement that records results, before its commit, what was sent is in doubt and goes out again', async () => {
    await using company = await companyToWarn()
    const { url, sql } = company.database
    const blocker = new pg.Client(url)
    await blocker.connect()
    await blocker.query('SELECT pg_advisory_lock(1)')
    await sql(`
      CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END $$;
      CREATE TRIGGER wait BEFORE INSERT ON reminders.attempts FOR EACH ROW EXECUTE FUNCTION wait()`)
    const run = startCli(['run', '--as-of', AS_OF], company.env)
    const waiting = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'`
    await eventually(async () => expect(await sql(waiting)).toHaveLength(1))
    run.process.kill('SIGKILL')
    await run.result
    expect(await sql(`SELECT pg_terminate_backend(pid) FROM (${waiting}) AS lost`)).toHaveLength(1)
    await blocker.end()
    expect(await statesOf(company)).toEqual({ sending: MAILS - 1, 'sending handed over': 1 })
    await passTime(company)
    await company.runAt(AS_OF)
    expect(await expectKept(company)).toEqual({ inDoubt: 1, twice: 1 })
  })

  test('at one point after the other, all are told in the end', async () => {
    await using company = await companyToWarn()
    for (const point of ['between-ledger-and-queue', 'after-claim', 'after-rendering'] as const) {
      await runUntil(company, point)
      await passTime(company)
    }
    await company.runAt(AS_OF)
    expect(await expectKept(company)).toEqual({ inDoubt: 1, twice: 0 })
  })
})

describe.concurrent('a service that is killed outright', () => {
  test.each<KillPoint>(['mid-sweep', 'after-claim', 'after-250', 'mid-group-write'])(
    'at %s, leaves its work to another, which tells all',
    async (point) => {
      await using company = await foundCompany({ rules: { schedule: '* * * * * *' } })
      const doomed = startCli(['start'], { ...company.env, ...killedAt(point) })
      await doomed.said(/"started"/)
      await insertDueCrowd(company, MAILS)
      await doomed.result
      expect(doomed.process.signalCode).toBe('SIGKILL')
      await using other = await startService(company)
      const left = `SELECT 1 FROM reminders.mails WHERE state <> 'sent'`
      await eventually(async () => {
        expect(company.sink.mails.length).toBeGreaterThanOrEqual(MAILS)
        expect(await company.database.sql(left)).toEqual([])
      })
      other.kill('SIGTERM')
      expect(await other.ended()).toMatchObject({ code: 0 })
      expect((await expectKept(company)).twice).toBeLessThanOrEqual(point === 'after-250' ? 1 : 0)
    },
  )
})

test('a run as of another time that is killed loses nothing to a service of the present, which sends none of it', async () => {
  await using company = await companyToWarn()
  const { database, env } = company
  await database.sql(`UPDATE billing.credit_grants SET expires_at = expires_at + interval '10 years'`)
  const later = AS_OF.replace('2026', '2036')
  const killed = startCli(['run', '--as-of', later], { ...env, ...killedAt('after-claim') })
  await killed.result
  expect(await statesOf(company)).toEqual({ sending: MAILS })
  await passTime(company)
  await using service = await startService(company, { LOG_LEVEL: 'trace' })
  await eventually(async () => expect(await statesOf(company)).toEqual({ queued: MAILS }))
  service.kill('SIGTERM')
  await service.ended()
  expect(company.sink.mails).toEqual([])
  expect(await company.runAt(later)).toMatchObject({ unfinished: 0 })
  expect(await expectKept(company)).toEqual({ inDoubt: 0, twice: 0 })
})

describe.concurrent('a migration that is killed outright', () => {
  test.each([1, 2])('after script %i, is completed by the next one, and the program works', async (nth) => {
    await using company = await openProgram({ bare: true })
    const killed = startCli(['migrate', '--with-billing'], { ...company.env, ...killedAt('mid-migration', nth) })
    await killed.result
    expect(killed.process.signalCode).toBe('SIGKILL')
    await expectMigrates(company)
  })

  test('within a script, leaves nothing of it behind', async () => {
    await using company = await openProgram({ bare: true })
    const { url, sql } = company.database
    await runCli(['migrate', '--with-billing'], company.env)
    const columns = `SELECT column_name FROM information_schema.columns WHERE table_schema = 'reminders' ORDER BY table_name, column_name`
    const complete = await sql(columns)
    await sql('DROP SCHEMA reminders CASCADE; DELETE FROM _prisma_migrations')
    // The script makes its tables one by one, and comes to one whose name is being taken.
    const blocker = new pg.Client(url)
    await blocker.connect()
    await blocker.query('CREATE SCHEMA reminders; BEGIN; CREATE TABLE reminders.attempts (id int)')
    const killed = startCli(['migrate'], company.env)
    const waiting = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
    await eventually(async () => expect(await sql(waiting)).toHaveLength(1))
    killed.process.kill('SIGKILL')
    await killed.result
    await sql(`SELECT pg_terminate_backend(pid) FROM (${waiting}) AS lost`)
    await blocker.end()
    expect(await sql(columns)).toEqual([])
    await expectMigrates(company)
    expect(await sql(columns)).toEqual(complete)
  })
})

async function expectMigrates(company: Program): Promise<void> {
  expect(await runCli(['migrate', '--with-billing'], company.env)).toMatchObject({ code: 0, stderr: '' })
  await insertWarnedCrowd(company, MAILS)
  await company.runAt(AS_OF)
  expect(await expectKept(company)).toEqual({ inDoubt: 0, twice: 0 })
}
