import { describe, expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { AS_OF, crowdAddresses, foundCompany, insertWarnedCrowd } from '../support/company.ts'

describe('run', () => {
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
})
