import { expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { foundCompany } from '../support/company.ts'

test('a dry run for an account that does not exist ends with 2 and one line', async () => {
  await using company = await foundCompany()
  expect(await runCli(['dry-run', '--account', 'acc_9'], company.env)).toEqual({
    code: 2,
    stdout: '',
    stderr: 'there is no account acc_9 in billing.accounts; look its id up there\n',
  })
})
