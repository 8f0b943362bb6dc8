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

test('When the certificate of the mail server is nobody’s, a run ends with 3, and neither mail nor password leaves', async () => {
  await using company = await foundCompany({ sink: { server: { secure: true } } })
  await insertWarnedCrowd(company, 3)
  company.sink.answer({ stage: 'auth', reply: 'close' })
  const run = await runCli(['run', '--as-of', AS_OF], company.env)
  expect(run.code).toBe(3)
  expect(run.stderr).toMatch(/^the mail server cannot be reached \(.*cert.*\); waiting for the next run: 3 mails$/im)
  expect(await company.database.sql('SELECT DISTINCT state, attempts FROM reminders.mails')).toEqual([
    { state: 'queued', attempts: 0 },
  ])
})

test('When another host offers no STARTTLS, a run ends with 1, and goes on where its URL waives it', async () => {
  await using company = await foundCompany()
  await insertWarnedCrowd(company, 3)
  // A name of loopback that is not known as such stands for another host.
  const url = company.sink.url.replace('127.0.0.1', '[::ffff:127.0.0.1]')
  const run = await runCli(['run', '--as-of', AS_OF], { ...company.env, SMTP_URL: url })
  expect(run.code).toBe(1)
  expect(run.stderr).toMatch(/^the mail server refuses us \(.+\); waiting for the next run: 3 mails$/m)
  expect(company.sink.mails).toEqual([])
  const waived = await runCli(['run', '--as-of', AS_OF], { ...company.env, SMTP_URL: `${url}?requireTLS=false` })
  expect(waived.code).toBe(0)
  expect(company.sink.mails).toHaveLength(3)
})
