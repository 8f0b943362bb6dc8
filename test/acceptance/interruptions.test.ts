import pg from 'pg'
import { describe, expect, inject, test } from 'vitest'
import { runCli, startCli } from '../support/cli.ts'
import {
  AS_OF,
  type Company,
  crowdAddresses,
  foundCompany,
  insertDueCrowd,
  insertWarnedCrowd,
} from '../support/company.ts'
import { eventually } from '../support/eventually.ts'
import { startService } from '../support/service.ts'

const EVERY_SECOND = { schedule: '* * * * * *' }

const addressesAtSink = ({ sink }: Company) => sink.mails.flatMap(({ envelope }) => envelope.to).toSorted()

/** How many mails are in each state, by `state uncertain`. */
async function statesOf({ database }: Company): Promise<Readonly<Record<string, number>>> {
  const rows = await database.sql<{ state: string; mails: number }>(
    `SELECT state || CASE WHEN uncertain THEN ' uncertain' ELSE '' END AS state, count(*)::int AS mails
       FROM reminders.mails GROUP BY 1`,
  )
  return Object.fromEntries(rows.map(({ state, mails }) => [state, mails]))
}

describe.concurrent('whatever interrupts it', () => {
  test('When runs are killed again and again, nobody is forgotten whose mail had not been handed over', async () => {
    const mails = 400
    await using company = await foundCompany({ sink: { delayMs: 10 } })
    await insertWarnedCrowd(company, mails)
    for (let crash = 1; crash <= 3; crash++) {
      const before = company.sink.mails.length
      const run = startCli(['run', '--as-of', AS_OF], company.env)
      await eventually(() => expect(company.sink.mails.length).toBeGreaterThan(before + 20))
      run.process.kill('SIGKILL')
      await run.result
      await company.database.sql(
        `UPDATE pgboss.job SET heartbeat_on = heartbeat_on - interval '1 minute' WHERE state = 'active'`,
      )
    }
    await runCli(['run', '--as-of', AS_OF], company.env)
    // Only what was in doubt twice may be left to a person: at most the places of one process, and each on its list.
    const left = await company.database.sql<{ address: string }>(
      `SELECT to_address AS address FROM reminders.mails WHERE state <> 'sent'`,
    )
    expect(left.length).toBeLessThanOrEqual(50)
    const told = new Set(addressesAtSink(company))
    const forgotten = crowdAddresses(mails).filter((address) => !told.has(address))
    expect(left.map(({ address }) => address)).toEqual(expect.arrayContaining(forgotten))
    const copies = Map.groupBy(addressesAtSink(company), (address) => address)
    for (const [address, ofAddress] of copies) expect(ofAddress.length, address).toBeLessThanOrEqual(2)
  })

  test('When it is told to stop before a slow server, what had not left is given back, and nobody gets two mails', async () => {
    const mails = 300
    await using company = await foundCompany({
      rules: { ...EVERY_SECOND, onUncertain: 'hold' },
      sink: { delayMs: 700 },
    })
    await insertDueCrowd(company, mails)
    await using service = await startService(company)
    await eventually(() => expect(company.sink.mails.length).toBeGreaterThan(5))
    service.kill('SIGTERM')
    const { stderr, code } = await service.ended()
    expect([code, stderr.includes('stopped with work in hand')]).toEqual([0, false])
    const sent = company.sink.mails.length
    expect(sent).toBeLessThan(40)
    expect(await statesOf(company)).toEqual({ queued: mails - sent, sent })
  })

  test('When run is told to stop, it says so, gives back what had not left, and ends with 1', async () => {
    const mails = 300
    await using company = await foundCompany({ sink: { delayMs: 700 } })
    await insertWarnedCrowd(company, mails)
    const run = startCli(['run', '--as-of', AS_OF], company.env)
    await eventually(() => expect(company.sink.mails.length).toBeGreaterThan(5))
    run.process.kill('SIGINT')
    const { code, stderr } = await run.result
    const sent = company.sink.mails.length
    expect(code).toBe(1)
    expect(stderr).toContain('stopping: the mails in flight are finished')
    expect(stderr).toContain(`not dealt with yet: ${mails - sent} mails`)
    expect(await statesOf(company)).toEqual({ queued: mails - sent, sent })
  })

  test('When the database goes away in mid-delivery, what was sent is remembered until it is back, and nobody gets two mails', async () => {
    const mails = 200
    await using company = await foundCompany({ rules: { ...EVERY_SECOND, onUncertain: 'hold' }, sink: { delayMs: 30 } })
    await insertDueCrowd(company, mails)
    await using service = await startService(company)
    await eventually(() => expect(company.sink.mails.length).toBeGreaterThan(20))
    await withoutDatabase(company, 25_000)
    await eventually(async () => expect(await statesOf(company)).toEqual({ sent: mails }))
    expect(addressesAtSink(company)).toEqual(crowdAddresses(mails))
    service.kill('SIGTERM')
    expect(await service.ended()).toMatchObject({ code: 0 })
  })

  test('When a read fails after mails were claimed, none of them counts as sent', async () => {
    const mails = 60
    await using company = await foundCompany({ rules: { onUncertain: 'hold' } })
    await insertWarnedCrowd(company, mails)
    const { url, sql } = company.database
    // The sweep dawdles at its end, when it has read the contacts; so the lock comes right after it, and before delivery.
    await sql(`
      CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(2); RETURN NEW; END $$;
      CREATE TRIGGER dawdle BEFORE INSERT ON pgboss.job_common FOR EACH ROW EXECUTE FUNCTION dawdle()`)
    const blocker = new pg.Client(url)
    await blocker.connect()
    const run = startCli(['run', '--as-of', AS_OF], company.env)
    const waitingFor = (event: string) =>
      sql(`SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = $1`, [event])
    await eventually(async () => expect(await waitingFor('PgSleep')).toHaveLength(1))
    await blocker.query('BEGIN')
    await blocker.query('LOCK TABLE billing.contacts')
    await eventually(async () => expect(await statesOf(company)).toEqual({ sending: mails }))
    await eventually(async () => expect(await waitingFor('relation')).toHaveLength(1))
    await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event = 'relation'`)
    await blocker.end()
    await run.result
    await runCli(['run', '--as-of', AS_OF], company.env)
    expect(await statesOf(company)).toEqual({ sent: mails })
    expect(addressesAtSink(company)).toEqual(crowdAddresses(mails))
  })

  test('When the queue has lost its jobs, the next run delivers all the same, at once', async () => {
    const mails = 150
    await using company = await foundCompany()
    await insertWarnedCrowd(company, mails)
    await runCli(['run', '--as-of', AS_OF], { ...company.env, SMTP_URL: 'smtp://127.0.0.1:1' })
    await company.database.sql('DELETE FROM pgboss.job')
    expect(await statesOf(company)).toEqual({ queued: mails })
    expect((await runCli(['run', '--as-of', AS_OF], company.env)).code).toBe(0)
    expect(addressesAtSink(company)).toEqual(crowdAddresses(mails))
  })

  test('When a run as of another time left mails behind, the present does not send them', async () => {
    await using company = await foundCompany({ rules: EVERY_SECOND })
    await insertWarnedCrowd(company, 3)
    await company.database.sql(`UPDATE billing.credit_grants SET expires_at = expires_at + interval '10 years'`)
    const later = AS_OF.replace('2026', '2036')
    expect((await runCli(['run', '--as-of', later], { ...company.env, SMTP_URL: 'smtp://127.0.0.1:1' })).code).toBe(3)
    await using service = await startService(company)
    const sweeps = () => company.database.sql(`SELECT 1 FROM reminders.sweeps WHERE id LIKE '20%'`)
    await eventually(async () => expect((await sweeps()).length).toBeGreaterThan(2))
    service.kill('SIGTERM')
    await service.ended()
    expect(company.sink.mails).toEqual([])
    expect((await runCli(['run', '--as-of', later], company.env)).code).toBe(0)
    expect(company.sink.mails).toHaveLength(3)
  })

  test('When a held sweep takes long to approve, it is approved', async () => {
    await using company = await foundCompany({ rules: { maxEmailsPerSweep: 1 } })
    await insertWarnedCrowd(company, 2)
    await runCli(['run', '--as-of', AS_OF], company.env)
    // Longer than the five seconds after which a transaction is given up by default.
    await company.database.sql(`
      CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(6); RETURN NEW; END $$;
      CREATE TRIGGER dawdle BEFORE UPDATE ON reminders.sweeps FOR EACH ROW EXECUTE FUNCTION dawdle()`)
    const [{ id = '' } = {}] = await company.database.sql<{ id: string }>('SELECT id FROM reminders.sweeps')
    expect(await runCli(['approve', id], company.env)).toMatchObject({ code: 0, stderr: '' })
    expect(await company.database.sql('SELECT state FROM reminders.sweeps')).toEqual([{ state: 'approved' }])
  })
})

/** Ends all sessions of a company's database, and lets nobody in for a while. */
async function withoutDatabase({ database }: Company, ms: number): Promise<void> {
  const name = new URL(database.url).pathname.slice(1)
  const server = new pg.Client(inject('postgresUrl'))
  await server.connect()
  try {
    await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`)
    await server.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name])
    await new Promise((resolve) => setTimeout(resolve, ms))
    await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`)
  } finally {
    await server.end()
  }
}
