import { afterAll, expect, test } from 'vitest'
import { addressHash } from '../../src/store/address-hash.ts'
import { insertContact } from '../support/billing.ts'
import { type CliResult, runCli } from '../support/cli.ts'
import { AS_OF, type Company, foundCompany } from '../support/company.ts'
import { insertCustomer } from '../support/customer.ts'
import { expectDiscreet } from '../support/service.ts'
import { PASSWORD } from './support/dovecot.ts'
import { BOUNCES, openPostOffice, SENDER } from './support/post-office.ts'
import { changeMailbox } from './support/read-mailbox.ts'

/** Too small for any of our mails. */
const QUOTA_BYTES = 100
const office = await openPostOffice([
  { address: 'ana@example.com' },
  { address: 'bo@example.com' },
  { address: 'full@example.com', quotaBytes: QUOTA_BYTES },
])
afterAll(office[Symbol.asyncDispose])

/** A day before the credits expire: the next rung. */
const LATER = '2026-05-31T12:00:00Z'
const NOTHING_NEW = {
  ...{ failed: 0, delayed: 0, complaints: 0, other: 0, unknown: 0, repeated: 0, suppressed: 0 },
  ...{ unsubscribed: 0, leftAlone: 0 },
}

type Variables = Readonly<Record<string, string>>

async function cli(company: Company, args: readonly string[], more: Variables = {}): Promise<CliResult> {
  const result = await runCli(args, { ...company.env, ...office.env, ...more })
  expectDiscreet(result)
  expect(result.stdout + result.stderr).not.toMatch(/\w@far\.example/)
  expect(result.stdout + result.stderr).not.toContain(PASSWORD)
  return result
}

async function bounces(company: Company, more: Variables = {}): Promise<unknown> {
  const { code, stdout, stderr } = await cli(company, ['bounces', '--format', 'json'], more)
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout)
}

const hashes = (addresses: readonly string[]) => addresses.map(addressHash).toSorted()
const suppressed = async ({ database }: Company) =>
  (await database.sql<{ hash: string }>('SELECT address_hash AS hash FROM reminders.suppressions ORDER BY 1')).map(
    ({ hash }) => hash,
  )

test('Of all that Postfix took and returned, it is the addresses that are no good that get no further mail', async () => {
  await using company = await foundCompany()
  const { sql } = company.database
  const good = ['ana@example.com']
  const bad = ['nobody@example.com', 'gone@far.example', 'moved@far.example', 'closed@far.example']
  const notTheAddress = ['full@example.com', 'policy@far.example', 'content@far.example', 'unexplained@far.example']
  const all = [...good, ...bad, ...notTheAddress, 'slow@far.example']
  for (const email of all) await insertCustomer(sql, email.replace(/@.*/, ''), { contact: { email } })
  // Of an account with two readers, one address is no good.
  await insertContact(sql, { id: 'con_bo', accountId: 'acc_nobody', email: 'bo@example.com' })

  const run = await cli(company, ['run', '--as-of', AS_OF])
  expect([run.code, run.stdout]).toEqual([0, expect.stringContaining('delivered 11, deferred 0, failed 0')])
  await office.postfix.idle()

  expect(await bounces(company)).toEqual({ ...NOTHING_NEW, failed: 9, delayed: 1, suppressed: bad.length })
  expect(await suppressed(company)).toEqual(hashes(bad))
  expect(await bounces(company)).toEqual(NOTHING_NEW)
  await changeMailbox(office.access(BOUNCES), 'unread')
  expect(await bounces(company)).toEqual({ ...NOTHING_NEW, repeated: 10 })
  expect(await suppressed(company)).toEqual(hashes(bad))

  const reports = await sql('SELECT kind, status FROM reminders.reports ORDER BY kind, status')
  expect(reports).toEqual([
    { kind: 'delayed', status: '4.2.1' },
    ...['4.2.1', '5.0.0', '5.1.1', '5.1.1', '5.1.6', '5.2.1', '5.2.2', '5.6.0', '5.7.1'].map((status) => ({
      kind: 'failed',
      status,
    })),
  ])
  const { stdout: story } = await runCli(['explain', 'cg_slow'], company.env)
  expect(story).toMatch(
    /a report came back, it is delayed on its way \(4\.2\.1\)(?:.|\n)*a bounce came back, it was not delivered \(4\.2\.1\)/,
  )

  const next = await cli(company, ['run', '--as-of', LATER])
  expect([next.code, next.stdout]).toEqual([0, expect.stringContaining('delivered 7, deferred 0, failed 0')])
  await office.postfix.idle()
  expect(await office.mailsOf('ana@example.com')).toHaveLength(2)
  expect(await office.mailsOf('bo@example.com')).toHaveLength(2)
  const { code, stderr } = await cli(company, ['audit'])
  expect([code, stderr]).toEqual([0, ''])
})

test('Without a return path of its own, a bounce is known by the mail that it returns, and may be moved away', async () => {
  await using company = await foundCompany()
  const { sql } = company.database
  await insertCustomer(sql, 'nobody')
  await insertCustomer(sql, 'nobody-else', { contact: { email: 'gone@far.example' } })
  const BOUNCE_IMAP_URL = `${office.imapUrl(SENDER, { scheme: 'imaps' })}?moveTo=Bounces/Done`
  const env = { MAIL_RETURN_PATH: '', BOUNCE_IMAP_URL }
  const missing = await cli(company, ['bounces'], env)
  expect([missing.code, missing.stderr]).toEqual([
    3,
    expect.stringContaining('has no folder of the name in moveTo; make it'),
  ])
  await changeMailbox(office.access(SENDER), { makeFolder: ['Bounces', 'Done'] })

  expect((await cli(company, ['run', '--as-of', AS_OF], env)).stdout).toContain('delivered 2,')
  await office.postfix.idle()
  expect(await bounces(company, env)).toEqual({ ...NOTHING_NEW, failed: 2, suppressed: 2 })
  expect(await suppressed(company)).toEqual(hashes(['nobody@example.com', 'gone@far.example']))
  expect(await office.mailsOf(SENDER)).toEqual([])
  expect(await bounces(company, env)).toEqual(NOTHING_NEW)
})

test('A run reads them before it plans, so that who is no good is not written to again', async () => {
  await using company = await foundCompany()
  const { sql } = company.database
  await insertCustomer(sql, 'nobody')
  expect((await cli(company, ['run', '--as-of', AS_OF])).stdout).toContain('delivered 1,')
  await office.postfix.idle()
  const next = await cli(company, ['run', '--as-of', LATER])
  expect(next.stdout).toMatch(/^bounces: failed 1, delayed 0, complaints 0; addresses suppressed 1\nsweep /)
  expect(next.stdout).toContain('delivered 0, deferred 0, failed 0')
})
