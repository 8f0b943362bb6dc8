import { describe, expect, test } from 'vitest'
import { openForDelivery } from '../../src/compose.ts'
import { Pace } from '../../src/jobs/pace.ts'
import { noProgress } from '../../src/jobs/progress.ts'
import { sweep } from '../../src/jobs/sweep.ts'
import { reserveDepartures } from '../../src/store/pace-lanes.ts'
import { insertCrowd } from '../support/billing.ts'
import { AS_OF, crowdAddresses, insertWarnedCrowd } from '../support/company.ts'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { openProgram } from '../support/program.ts'

const MANY = 60

/** Resolves when the mail has been let go. */
function leaving(pace: Pace, mail: Readonly<{ domain: string }>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const ask = () => {
    if (pace.admit([mail], 1, ask).leaving.length > 0) resolve()
  }
  ask()
  return promise
}

describe.concurrent('a rate for the whole fleet', () => {
  test('hands out each departure once, however many ask at the same time', async () => {
    await using database = await testDatabase()
    const orders = Array.from({ length: 12 }, () => ({ lane: '*', mails: 10, perSecond: 2 }))
    const firstInMs = await Promise.all(orders.map((order) => reserveDepartures(database.db, order)))
    const sorted = firstInMs.toSorted((a, b) => a - b)
    // Ten mails at two a second: the next ones leave 5 seconds later, whatever the answers took to come.
    const gaps = sorted.slice(1).map((each, index) => Math.round((each - (sorted[index] ?? 0)) / 5000))
    expect(gaps).toEqual(new Array(11).fill(1))
  })

  test('begins anew after a pause, and owes nothing for it', async () => {
    await using database = await testDatabase()
    await database.sql(`INSERT INTO reminders.pace_lanes VALUES ('*', now() - interval '1 day')`)
    expect(await reserveDepartures(database.db, { lane: '*', mails: 1, perSecond: 1 })).toBeLessThanOrEqual(0)
    const next = await reserveDepartures(database.db, { lane: '*', mails: 1, perSecond: 1 })
    expect(Math.ceil(next / 1000)).toBe(1)
  })

  test('is kept by a run, and every mail goes out', async () => {
    await using program = await openProgram({ rules: { maxPerSecond: 50 } })
    await insertWarnedCrowd(program, MANY)
    expect(await program.runAt(AS_OF)).toMatchObject({ unfinished: 0, delivered: { sent: MANY } })
    expect(program.sink.mails.flatMap(({ envelope }) => envelope.to).toSorted()).toEqual(crowdAddresses(MANY))
    const [lane] = await program.database.sql(
      `SELECT extract(epoch FROM next_free - finished_at)::float8 >= $1::float8 AS "isFull"
         FROM reminders.pace_lanes, reminders.sweeps WHERE lane = '*'`,
      [MANY / 50],
    )
    expect(lane).toEqual({ isFull: true })
  })

  test('keeps nobody waiting who is told to stop: mails without a departure are given back', async () => {
    await using program = await openProgram({ rules: { maxPerSecond: 0.1 } })
    await insertWarnedCrowd(program, MANY)
    await using setting = await openForDelivery('run', program.env)
    await sweep({ ...setting, openProgress: noProgress }, { id: 'sweep', asOf: new Date(AS_OF) })
    const workers = await setting.startWorkers(new Date(AS_OF))
    await eventually(async () => expect(program.sink.mails).toHaveLength(1))
    await workers.stop()
    const states = await program.database.sql(
      `SELECT state, attempts, count(*)::int AS mails FROM reminders.mails GROUP BY 1, 2 ORDER BY 1`,
    )
    expect(states).toEqual([
      { state: 'queued', attempts: 0, mails: MANY - 1 },
      { state: 'sent', attempts: 1, mails: 1 },
    ])
  })

  test('for one domain holds back its mails, and nobody else’s', async () => {
    await using program = await openProgram({ rules: { maxPerSecondPerDomain: { 'EXAMPLE.com': 20 } } })
    await insertWarnedCrowd(program, 20)
    const expiry = { expiresFrom: new Date('2026-05-30T00:00:00Z'), expiresTo: new Date('2026-05-30T00:00:00Z') }
    await insertCrowd(program.database.sql, { count: 20, prefix: 'other', ...expiry })
    await program.database.sql(
      `UPDATE billing.contacts SET email = replace(email, 'example.com', 'example.org') WHERE id LIKE 'other%'`,
    )
    expect(await program.runAt(AS_OF)).toMatchObject({ unfinished: 0, delivered: { sent: 40 } })
    const domains = program.sink.mails.map(({ envelope }) => envelope.to[0]?.split('@')[1])
    const lastOfOthers = domains.lastIndexOf('example.org')
    expect(domains.slice(lastOfOthers).filter((domain) => domain === 'example.com').length).toBeGreaterThan(10)
    expect(await program.database.sql('SELECT lane FROM reminders.pace_lanes')).toEqual([{ lane: 'example.com' }])
  })

  test('keeps a mail’s place in its domain’s lane while the lane of all mail is booked by others', async () => {
    await using database = await testDatabase()
    await database.sql(`INSERT INTO reminders.pace_lanes VALUES ('*', clock_timestamp() + interval '800 ms')`)
    const [begun] = await database.sql<{ at: string }>('SELECT clock_timestamp()::text AS at')
    const rates = { maxPerSecond: 10, maxPerSecondPerDomain: { default: 0.1 } }
    await leaving(new Pace({ db: database.db, rates, log: { warn: () => {} } }), { domain: 'example.com' })
    const [lane] = await database.sql(
      `SELECT next_free < $1::timestamptz + interval '15 s' AS "isBookedOnce"
         FROM reminders.pace_lanes WHERE lane = 'example.com'`,
      [begun?.at],
    )
    expect(lane).toEqual({ isBookedOnce: true })
  })

  test('gives each domain a rate of its own where only a default is set', async () => {
    await using program = await openProgram({ rules: { maxPerSecond: 1000, maxPerSecondPerDomain: { default: 500 } } })
    await insertWarnedCrowd(program, 10)
    await program.database.sql(`UPDATE billing.contacts SET email = 'ana@bücher.example' WHERE id = 'many_con_1'`)
    expect(await program.runAt(AS_OF)).toMatchObject({ unfinished: 0, delivered: { sent: 10 } })
    const lanes = await program.database.sql('SELECT lane FROM reminders.pace_lanes ORDER BY lane COLLATE "C"')
    expect(lanes.map(({ lane }) => lane)).toEqual(['*', 'example.com', 'xn--bcher-kva.example'])
  })
})
