import { describe, expect, test } from 'vitest'
import { notesOf, runCli, startCli } from '../support/cli.ts'
import { AS_OF, crowdAddresses, foundCompany, insertWarnedCrowd } from '../support/company.ts'
import { expectDiscreet } from '../support/service.ts'

describe.concurrent('run', () => {
  test('When mails are due, they are delivered and counted; a second run adds nothing', async () => {
    await using company = await foundCompany()
    await insertWarnedCrowd(company, 3)
    const first = await runCli(['run', '--as-of', AS_OF], company.env)
    expect([first.code, notesOf(first)]).toEqual([0, ''])
    expect(first.stdout).toMatch(/^sweep run-[\w-]{36} as of 2026-05-25T12:00:00.000Z\n/)
    expect(first.stdout).toContain('examined 3 grants: 3 mails planned, 0 grants skipped')
    expect(first.stdout).toContain('delivered 3, deferred 0, failed 0, cancelled 0')
    expect(company.sink.mails.flatMap(({ envelope }) => envelope.to).toSorted()).toEqual(crowdAddresses(3))

    const second = await runCli(['run', '--as-of', AS_OF], company.env)
    expect([second.code, notesOf(second)]).toEqual([0, ''])
    expect(second.stdout).toContain('0 mails planned, 3 grants skipped')
    expect(company.sink.mails).toHaveLength(3)
  })

  test('When nothing is due, it talks to no mail server', async () => {
    await using company = await foundCompany()
    expect((await runCli(['run'], company.env)).code).toBe(0)
    expect(company.sink.connections.total()).toBe(0)
  })

  test('When a recipient is refused for good, the others are told; a line says that one was not', async () => {
    await using company = await foundCompany()
    await insertWarnedCrowd(company, 3)
    company.sink.answer({ stage: 'rcpt', to: 'many2@example.com', reply: '550 5.1.1 no such user' })
    const run = await runCli(['run', '--as-of', AS_OF], company.env)
    expect([run.code, notesOf(run)]).toEqual([1, 'failed mails: 1; "status" tells what mends them\n'])
    expect(run.stdout).toContain('delivered 2, deferred 0, failed 1, cancelled 0')
    const next = await runCli(['run', '--as-of', '2026-05-30T12:00:00Z'], company.env)
    expect([next.code, notesOf(next)]).toEqual([0, ''])
    expect(company.sink.mailsTo('many2@example.com')).toEqual([])
  })

  test('When the server refuses us, nothing is lost, a line says why, and the next run sends', async () => {
    await using company = await foundCompany()
    await insertWarnedCrowd(company, 3)
    const env = { ...company.env, SMTP_URL: company.sink.url.replace('app:', 'other:') }
    const run = await runCli(['run', '--as-of', AS_OF], env)
    expect(run.code).toBe(1)
    expect(run.stderr).toMatch(/^the mail server refuses us \(535 5\.7\.8 .+\); waiting for the next run: 3 mails$/m)
    expect((await runCli(['run', '--as-of', AS_OF], company.env)).code).toBe(0)
    expect(company.sink.mails).toHaveLength(3)
  })
})

test('When run is told to stop in mid-delivery, it finishes what is in flight and says how many mails wait', async () => {
  const mails = 150
  await using company = await foundCompany({ sink: { delayMs: 20 } })
  await insertWarnedCrowd(company, mails)
  const run = startCli(['run', '--as-of', AS_OF], { ...company.env, LOG_LEVEL: 'trace' })
  await expect.poll(() => company.sink.mails.length, { timeout: 20_000 }).toBeGreaterThan(5)
  run.process.kill('SIGTERM')
  const stopped = await run.result
  const sent = company.sink.mails.length
  expect(sent).toBeLessThan(mails)
  expect(stopped.code).toBe(1)
  expect(stopped.stdout).toContain(`delivered ${sent}, deferred 0, failed 0, cancelled 0`)
  expect(stopped.stderr).toContain(`not dealt with yet: ${mails - sent} mails, for the next run\n`)
  expectDiscreet(stopped)

  expect((await runCli(['run', '--as-of', AS_OF], company.env)).code).toBe(0)
  expect(company.sink.mails.flatMap(({ envelope }) => envelope.to).toSorted()).toEqual(crowdAddresses(mails))
})

test('When the line breaks after a mail was handed over, that mail goes out once more', async () => {
  await using company = await foundCompany()
  await insertWarnedCrowd(company, 3)
  // Broken before the mail was taken, for all that a client can know.
  company.sink.answer({ stage: 'final', to: 'many2@example.com', reply: 'close', times: 1 })
  const run = await runCli(['run', '--as-of', AS_OF], company.env)
  expect([run.code, notesOf(run)]).toEqual([0, ''])
  expect(run.stdout).toContain('delivered 3, deferred 0, failed 0, cancelled 0, uncertain and sent again 1')
  expect(company.sink.mails.flatMap(({ envelope }) => envelope.to).toSorted()).toEqual(crowdAddresses(3))
})

test('When the server refuses some of the connections, all mails go out over the others', async () => {
  await using company = await foundCompany({ sink: { delayMs: 20 } })
  await insertWarnedCrowd(company, 60)
  company.sink.answer({ stage: 'connect', reply: '421 4.7.0 too many connections', after: 1, times: 3 })
  const run = await runCli(['run', '--as-of', AS_OF], company.env)
  expect([run.code, notesOf(run)]).toEqual([0, ''])
  expect(company.sink.mails.flatMap(({ envelope }) => envelope.to).toSorted()).toEqual(crowdAddresses(60))
})

test('When everything goes wrong, the most talkative log still holds no address and no secret', async () => {
  await using company = await foundCompany()
  await insertWarnedCrowd(company, 6)
  company.sink.answer({ stage: 'rcpt', to: 'many1@example.com', reply: '550 5.1.1 <many1@example.com> unknown' })
  company.sink.answer({ stage: 'data', to: 'many2@example.com', reply: '451 4.3.0 many2@example.com later' })
  company.sink.answer({ stage: 'final', to: 'many3@example.com', reply: 'close' })
  company.sink.answer({ stage: 'final', to: 'many4@example.com', reply: '554 5.6.0 no mail for many4@example.com' })
  company.sink.answer({ stage: 'final', to: 'many5@example.com', reply: '554 5.7.1 blocked: many5@example.com' })
  const run = await runCli(['run', '--as-of', AS_OF], { ...company.env, LOG_LEVEL: 'trace' })
  expect(run.code).toBe(1)
  expectDiscreet(run)
})
