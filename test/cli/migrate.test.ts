import { expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { foundCompany } from '../support/company.ts'

test('When the database is empty, migrate says what it made; a second time, that there was nothing to do', async () => {
  await using company = await foundCompany({ bare: true })
  const first = await runCli(['migrate', '--with-billing'], company.env)
  expect(first).toMatchObject({ code: 0, stderr: '' })
  const lines = first.stdout.trimEnd().split('\n')
  expect(lines.slice(0, 4)).toEqual([
    ...['created billing.accounts', 'created billing.contacts'],
    ...['created billing.credit_grants', 'created billing.credit_usage'],
  ])
  expect(lines).toContainEqual(expect.stringMatching(/^applied \d{14}_ledger$/))
  expect(lines.slice(-5)).toEqual([
    expect.stringMatching(/^installed schema pgboss, version \d+$/),
    ...['installed queue sweep', 'installed queue sweep-part', 'installed queue deliver'],
    'installed queue clearing',
  ])
  expect(await runCli(['migrate', '--with-billing'], company.env)).toEqual({
    code: 0,
    stdout: 'up to date\n',
    stderr: '',
  })
})

test('When two migrate at once, one does the work, and the other waits and finds it done', async () => {
  await using company = await foundCompany({ bare: true })
  const both = await Promise.all([1, 2].map(() => runCli(['migrate', '--with-billing'], company.env)))
  expect(both.map(({ code, stderr }) => ({ code, stderr }))).toEqual([
    { code: 0, stderr: '' },
    { code: 0, stderr: '' },
  ])
  expect(both.map(({ stdout }) => stdout)).toContain('up to date\n')
  expect((await runCli(['run'], company.env)).code).toBe(0)
})
