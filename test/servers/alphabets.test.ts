import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { addressHash } from '../../src/store/address-hash.ts'
import { type CliResult, notesOf, runCli } from '../support/cli.ts'
import { AS_OF, type Company, foundCompany } from '../support/company.ts'
import { insertCustomer } from '../support/customer.ts'
import { openPostOffice, UTF8_BOUNCES } from './support/post-office.ts'
import { asRead } from './support/read-mailbox.ts'

const office = await openPostOffice([{ address: 'ana@example.com' }])
afterAll(office[Symbol.asyncDispose])

const run = (company: Company, more: Readonly<Record<string, string>> = {}): Promise<CliResult> =>
  runCli(['run', '--as-of', AS_OF], { ...company.env, ...office.env, ...more })

const fates = ({ database }: Company) =>
  database.sql('SELECT to_address AS to, state, reason FROM reminders.mails ORDER BY contact_id')

test('When the server has no SMTPUTF8, that is found out beforehand: it is asked nothing it cannot do', async () => {
  await using company = await foundCompany()
  await insertCustomer(company.database.sql, 'ana')
  await insertCustomer(company.database.sql, 'jose', { contact: { email: 'josé@example.net' } })
  const outcome = await run(company, { SMTP_URL: office.smtpUrl('asciiOnly') })
  expect([outcome.code, notesOf(outcome)]).toEqual([1, expect.stringMatching(/^failed mails: 1; .+\n$/)])
  expect(outcome.stdout).toContain('delivered 1, deferred 0, failed 1, cancelled 0')
  expect(await fates(company)).toEqual([
    { to: 'ana@example.com', state: 'sent', reason: null },
    { to: 'josé@example.net', state: 'failed', reason: 'address-unsupported' },
  ])
  expect(await company.database.sql('SELECT 1 FROM reminders.suppressions')).toEqual([])
  expect(await office.postfix.log()).not.toContain('example.net')
})

test('When it has, somebody with a name in another alphabet has the mail', async () => {
  await using company = await foundCompany()
  const name = '山田 José'
  await insertCustomer(company.database.sql, 'jose', { contact: { email: 'josé@example.net', name } })
  const outcome = await run(company)
  expect([outcome.code, notesOf(outcome)]).toEqual([0, ''])
  await office.postfix.idle()
  const folder = join(office.maildirs, 'josé', 'new')
  const [file = '', ...others] = await readdir(folder)
  expect(others).toEqual([])
  const { parsed, raw } = await asRead(await readFile(join(folder, file)))
  expect(parsed.to).toEqual([{ name, address: 'josé@example.net' }])
  expect(parsed.text).toContain('Pack of jose')
  expect(raw).toMatch(/with UTF8SMTPSA/)
})

test('When a server further on cannot deliver to it, the address is no worse for it; when there is no such user, it is', async () => {
  await using company = await foundCompany()
  // Dovecot takes no such address.
  await insertCustomer(company.database.sql, 'jose', { contact: { email: 'josé@example.com' } })
  await insertCustomer(company.database.sql, 'gone', { contact: { email: 'gøne@far.example' } })
  const env = { MAIL_RETURN_PATH: UTF8_BOUNCES, BOUNCE_IMAP_URL: office.imapUrl(UTF8_BOUNCES) }
  const outcome = await run(company, env)
  expect(outcome.stdout).toContain('delivered 2, deferred 0, failed 0, cancelled 0')
  await office.postfix.idle()
  const { stdout } = await runCli(['bounces', '--format', 'json'], { ...company.env, ...office.env, ...env })
  expect(JSON.parse(stdout)).toMatchObject({ failed: 2, suppressed: 1, leftAlone: 0 })
  expect(await company.database.sql('SELECT address_hash AS hash FROM reminders.suppressions')).toEqual([
    { hash: addressHash('gøne@far.example') },
  ])
})
