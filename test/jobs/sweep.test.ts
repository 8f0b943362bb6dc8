import { describe, expect, test } from 'vitest'
import { openForDelivery } from '../../src/compose.ts'
import { noProgress } from '../../src/jobs/progress.ts'
import { sweep } from '../../src/jobs/sweep.ts'
import { insertCrowd } from '../support/billing.ts'
import { AS_OF, crowdAddresses, insertWarnedCrowd } from '../support/company.ts'
import { openProgram } from '../support/program.ts'

describe.concurrent('a sweep', () => {
  test('that cannot hand its mails to the queue leaves nothing behind, and can be made again', async () => {
    await using program = await openProgram()
    const { sql } = program.database
    await insertWarnedCrowd(program, 250)
    await using setting = await openForDelivery('run', program.env)
    const order = { id: 'sweep-1', asOf: new Date(AS_OF) }
    // The last of its three batches is one too many.
    await sql(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the queue is full'; END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON pgboss.job_common FOR EACH ROW
        WHEN (jsonb_array_length(NEW.data -> 'mailIds') = 50) EXECUTE FUNCTION refuse()`)
    await expect(sweep({ ...setting, openProgress: noProgress }, order)).rejects.toThrow('the queue is full')
    const left = `
      SELECT (SELECT count(*) FROM reminders.sweeps) + (SELECT count(*) FROM reminders.mails)
           + (SELECT count(*) FROM reminders.notices) + (SELECT count(*) FROM reminders.decisions)
           + (SELECT count(*) FROM pgboss.job WHERE name = 'deliver') AS rows`
    expect(await sql(left)).toEqual([{ rows: '0' }])

    await sql('DROP TRIGGER refuse ON pgboss.job_common')
    expect(await sweep({ ...setting, openProgress: noProgress }, order)).toMatchObject({ dispatched: 250 })
    expect(await sql(`SELECT count(*)::int AS jobs FROM pgboss.job WHERE name = 'deliver'`)).toEqual([{ jobs: 3 }])
    // And not a third time: its slot was swept.
    expect(await sweep({ ...setting, openProgress: noProgress }, order)).toBeNull()
  })

  test('tells the few that are due behind thousands that are skipped, which count for no limit', async () => {
    await using program = await openProgram({ rules: { maxEmailsPerSweep: 3 } })
    const { sql } = program.database
    const sooner = { expiresFrom: new Date('2026-05-26T00:00:00Z'), expiresTo: new Date('2026-05-27T00:00:00Z') }
    await insertCrowd(sql, { ...sooner, count: 6000, prefix: 'earlier' })
    await sql('UPDATE billing.credit_grants SET remaining = 0')
    await insertWarnedCrowd(program, 3)
    expect(await program.runAt(AS_OF)).toMatchObject({
      sweep: { heldBecause: null, counts: { examined: 6003, emails: 3, skipped: { 'nothing-remaining': 6000 } } },
      delivered: { sent: 3 },
    })
    expect(program.sink.mails.flatMap(({ envelope }) => envelope.to).toSorted()).toEqual(crowdAddresses(3))
  })

  test('of a first day mails nobody about the 20,000 grants that expired long ago, nor examines them', async () => {
    await using program = await openProgram()
    const { sql } = program.database
    const history = { expiresFrom: new Date('2016-01-01Z'), expiresTo: new Date('2026-05-18T11:59:59Z') }
    await insertCrowd(sql, { ...history, count: 20_000, grantedAt: new Date('2015-01-01Z'), prefix: 'past' })
    await insertWarnedCrowd(program, 3)
    const foreseen = await program.dryRunAt(AS_OF)
    expect(foreseen.emails).toHaveLength(3)
    expect(foreseen.skipped).toEqual([])
    expect(await program.runAt(AS_OF)).toMatchObject({ sweep: { counts: { examined: 3 } }, delivered: { sent: 3 } })
    expect(program.sink.mails.flatMap(({ envelope }) => envelope.to).filter((to) => to.startsWith('past'))).toEqual([])
    expect(await sql('SELECT 1 FROM reminders.decisions')).toEqual([])
  })
})
