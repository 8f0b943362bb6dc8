import { expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { AS_OF, crowdAddresses, foundCompany, insertDueCrowd, insertWarnedCrowd } from '../support/company.ts'
import { eventually } from '../support/eventually.ts'
import { startService } from '../support/service.ts'

const QUOTA = '550 5.4.5 Daily sending quota exceeded'

test('When the quota of the day is used up, a run says so with 1, has tried one mail, and burnt no attempt', async () => {
  await using company = await foundCompany()
  await insertWarnedCrowd(company, 30)
  company.sink.answer({ stage: 'mail', reply: QUOTA })
  const run = await runCli(['run', '--as-of', AS_OF], company.env)
  expect(run.code).toBe(1)
  expect(run.stderr).toContain(`the mail server refuses us (${QUOTA}); waiting for the next run: 30 mails`)
  expect(await company.database.sql('SELECT count(*)::int AS tries FROM reminders.attempts')).toEqual([{ tries: 1 }])
  expect(await company.database.sql('SELECT DISTINCT state, attempts FROM reminders.mails')).toEqual([
    { state: 'queued', attempts: 0 },
  ])
})

test('When the service is refused, /readyz says so, one mail at a time asks again, and all go out once it is let in', async () => {
  await using company = await foundCompany({ rules: { schedule: '* * * * * *' } })
  await insertDueCrowd(company, 30)
  const { database, sink } = company
  const tries = async () => (await database.sql('SELECT number, outcome, stage FROM reminders.attempts')).length
  const answerAgain = sink.answer({ stage: 'final', reply: QUOTA })
  await using service = await startService(company)
  const readiness = async () => {
    const response = await fetch(`${service.url}/readyz`)
    return { ...((await response.json()) as object), status: response.status }
  }
  await eventually(async () =>
    expect(await readiness()).toMatchObject({
      status: 503,
      obstacles: expect.arrayContaining([`mail: service-refused (${QUOTA})`]),
    }),
  )
  // Sweeps come and go meanwhile, and hand nothing out twice.
  const sweeps = async () => (await database.sql('SELECT 1 FROM reminders.sweeps')).length
  const before = await sweeps()
  await eventually(async () => expect(await sweeps()).toBeGreaterThan(before + 3))
  expect(await tries()).toBe(1)
  expect(sink.mails).toEqual([])

  answerAgain()
  await eventually(() => expect(sink.mails).toHaveLength(30))
  expect(sink.mails.flatMap(({ envelope }) => envelope.to).toSorted()).toEqual(crowdAddresses(30))
  await eventually(async () => expect(await readiness()).toMatchObject({ obstacles: [] }))
  service.kill('SIGTERM')
  expect(await service.ended()).toMatchObject({ code: 0 })
})
