import { describe, expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { AS_OF, crowdAddresses, foundCompany, insertWarnedCrowd } from '../support/company.ts'

describe.concurrent('run', () => {
  test('When mails are due, they are delivered and counted; a second run adds nothing', async () => {
    await using company = await foundCompany()
    await insertWarnedCrowd(company, 3)
    const first = await runCli(['run', '--as-of', AS_OF], company.env)
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toMatch(/^sweep run-[\w-]{36} as of 2026-05-25T12:00:00.000Z\n/)
    expect(first.stdout).toContain('examined 3 grants: 3 mails planned, 0 grants skipped')
    expect(first.stdout).toContain('delivered 3, deferred 0, failed 0, cancelled 0')
    expect(company.sink.mails.flatMap(({ envelope }) => envelope.to).toSorted()).toEqual(crowdAddresses(3))

    const second = await runCli(['run', '--as-of', AS_OF], company.env)
    expect(second).toMatchObject({ code: 0, stderr: '' })
    expect(second.stdout).toContain('0 mails planned, 3 grants skipped')
    expect(company.sink.mails).toHaveLength(3)
  })

  test('When nothing is due, it talks to no mail server', async () => {
    await using company = await foundCompany()
    expect(await runCli(['run'], company.env)).toMatchObject({ code: 0, stderr: '' })
    expect(company.sink.connections.total()).toBe(0)
  })

  test('When a recipient is refused for good, the others are told, and a line says that one was not', async () => {
    await using company = await foundCompany()
    await insertWarnedCrowd(company, 3)
    company.sink.answer({ stage: 'rcpt', to: 'many2@example.com', reply: '550 5.1.1 no such user' })
    const run = await runCli(['run', '--as-of', AS_OF], company.env)
    expect(run).toMatchObject({ code: 1, stderr: 'failed mails: 1; "explain GRANT" tells why\n' })
    expect(run.stdout).toContain('delivered 2, deferred 0, failed 1, cancelled 0')
    const next = await runCli(['run', '--as-of', '2026-05-30T12:00:00Z'], company.env)
    expect(next).toMatchObject({ code: 0, stderr: '' })
    expect(company.sink.mailsTo('many2@example.com')).toEqual([])
  })

  test('When the server refuses us, nothing is lost, a line says why, and the next run sends', async () => {
    await using company = await foundCompany()
    await insertWarnedCrowd(company, 3)
    const env = { ...company.env, SMTP_URL: company.sink.url.replace('app:', 'other:') }
    const run = await runCli(['run', '--as-of', AS_OF], env)
    expect(run.code).toBe(1)
    expect(run.stderr).toMatch(/^the mail server refuses us \(535 5\.7\.8 .+\); 3 mails wait for the next run$/m)
    expect(await runCli(['run', '--as-of', AS_OF], company.env)).toMatchObject({ code: 0, stderr: '' })
    expect(company.sink.mails).toHaveLength(3)
  })
})
