import { describe, expect, test } from 'vitest'
import { notesOf, runCli } from '../support/cli.ts'
import { type Company, foundCompany } from '../support/company.ts'
import { arrivalsAt, insertCustomer } from '../support/customer.ts'
import { eventually } from '../support/eventually.ts'
import { startService } from '../support/service.ts'

const MS_PER_HOUR = 3_600_000
const MS_PER_DAY = 24 * MS_PER_HOUR

/** A host whose clock is wrong by so much. */
const astray = (aheadMs: number) => ({
  CLOCK_AHEAD_MS: String(aheadMs),
  NODE_OPTIONS: `--import=${new URL('../support/clock-astray.ts', import.meta.url)}`,
})

/** Customers whose mail, or want of one, would be another a day earlier or later; in hours from now to the expiry. */
const CUSTOMERS = {
  tomorrow: 30,
  today: 20,
  soon: 1,
  just_gone: -1,
  long_gone: 24 - 7 * 24 - 2,
  older: -7 * 24 - 1,
  week: 7 * 24 + 12,
}

async function foundWithCustomers(now: Date, rules: object = {}): Promise<Company> {
  const company = await foundCompany({ rules })
  for (const [name, hours] of Object.entries(CUSTOMERS)) {
    const expiresAt = new Date(now.getTime() + hours * MS_PER_HOUR)
    await insertCustomer(company.database.sql, name, { grant: { grantedAt: '2020-01-01T00:00:00Z', expiresAt } })
  }
  return company
}

/** What its customers were told, whoever told it and when. */
async function toldBy({ sink }: Company) {
  const arrivals = await arrivalsAt(sink)
  return arrivals.map(({ to, subject, lines }) => ({ to, subject, lines })).toSorted((a, b) => (a.to < b.to ? -1 : 1))
}

/** Times that the mails and the ledger bear; all of them now, or nearly. */
async function timesOf({ sink, database }: Company): Promise<readonly Date[]> {
  const dates = await Promise.all(sink.mails.map(async (mail) => new Date((await mail.parsed()).date ?? Number.NaN)))
  const rows = await database.sql<{ at: Date }>(
    `SELECT as_of AS at FROM reminders.sweeps UNION ALL SELECT started_at FROM reminders.sweeps
     UNION ALL SELECT sent_at FROM reminders.mails UNION ALL SELECT at FROM reminders.attempts`,
  )
  return [...dates, ...rows.map(({ at }) => at)]
}

const expectNear = (times: readonly Date[], now: Date) => {
  expect(times.length).toBeGreaterThan(0)
  for (const time of times) expect(Math.abs(time.getTime() - now.getTime())).toBeLessThan(MS_PER_HOUR)
}

describe.concurrent('a host whose clock is a day off', () => {
  test.each([
    ['ahead', MS_PER_DAY],
    ['behind', -MS_PER_DAY],
  ])('%s: a run tells what one on a host that is right tells, under the right date', async (_direction, aheadMs) => {
    const now = new Date()
    await using right = await foundWithCustomers(now)
    await using wrong = await foundWithCustomers(now)
    const results = await Promise.all([
      runCli(['run'], right.env),
      runCli(['run'], { ...wrong.env, ...astray(aheadMs) }),
    ])
    for (const result of results) expect([result.code, notesOf(result)]).toEqual([0, ''])
    const told = await toldBy(right)
    expect(told.map(({ to }) => to.split('@')[0])).toEqual([
      'just_gone',
      'long_gone',
      'soon',
      'today',
      'tomorrow',
      'week',
    ])
    expect(await toldBy(wrong)).toEqual(told)
    expectNear(await timesOf(wrong), now)
  })

  test.each([
    ['ahead', MS_PER_DAY],
    ['behind', -MS_PER_DAY],
  ])(
    '%s: the service tells the right things, says that the clock is wrong, and takes no slot of another day',
    async (_direction, aheadMs) => {
      const now = new Date()
      await using right = await foundWithCustomers(now)
      await using wrong = await foundWithCustomers(now, { schedule: '* * * * * *' })
      expect((await runCli(['run'], right.env)).code).toBe(0)
      await using service = await startService(wrong, astray(aheadMs))
      await service.said(/the clock of this host is ahead of the database/)
      await eventually(async () => expect(await toldBy(wrong)).toEqual(await toldBy(right)))
      const slots = () => wrong.database.sql<{ id: string }>('SELECT id FROM reminders.sweeps')
      await eventually(async () => expect((await slots()).length).toBeGreaterThan(2))
      service.kill('SIGTERM')
      expect(await service.ended()).toMatchObject({
        code: 0,
        stderr: expect.stringContaining(`"seconds":${aheadMs / 1000}`),
      })
      expectNear(await timesOf(wrong), now)
      expectNear(
        (await slots()).map(({ id }) => new Date(id)),
        now,
      )
    },
  )
})
