import { afterAll, describe, expect, test } from 'vitest'
import { addressHash } from '../../src/store/address-hash.ts'
import { type CliResult, notesOf, runCli } from '../support/cli.ts'
import { AS_OF, type Company, foundCompany, insertDueCrowd } from '../support/company.ts'
import { insertCustomer } from '../support/customer.ts'
import { eventually } from '../support/eventually.ts'
import { expectDiscreet, startService } from '../support/service.ts'
import { PASSWORD } from './support/dovecot.ts'
import { openPostOffice } from './support/post-office.ts'
import { tapLine } from './support/tapped-line.ts'

const NAMES = ['ana', 'bo', 'cy'] as const
const office = await openPostOffice(NAMES.map((name) => ({ address: `${name}@example.com` })))
afterAll(office[Symbol.asyncDispose])

type Variables = Readonly<Record<string, string>>

async function companyOfThree(): Promise<Company> {
  const company = await foundCompany()
  for (const name of NAMES) await insertCustomer(company.database.sql, name)
  return company
}

async function run(company: Company, more: Variables = {}, asOf = AS_OF): Promise<CliResult> {
  const result = await runCli(['run', '--as-of', asOf], { LOG_LEVEL: 'trace', ...company.env, ...office.env, ...more })
  expectDiscreet(result)
  expect(result.stdout + result.stderr).not.toContain(PASSWORD)
  return result
}

const arrived = async () => {
  await office.postfix.idle()
  const mails = await Promise.all(NAMES.map((name) => office.mailsOf(`${name}@example.com`)))
  return mails.flat().length
}
const attemptsOf = ({ database }: Company) =>
  database.sql('SELECT state, attempts FROM reminders.mails GROUP BY state, attempts')

/** The same URL by way of a line on which everything said in the clear is heard. */
async function tapped(url: string) {
  const target = new URL(url)
  const line = await tapLine(Number(target.port))
  target.port = String(line.port)
  return { url: target.href, line }
}

/** Whoever listens learns neither who logs in nor who is written to. */
function expectNothingInTheClear(heard: string): void {
  expect(heard).toMatch(/^EHLO /)
  expect(heard).not.toMatch(/AUTH|MAIL FROM|RCPT TO|DATA/i)
  expect(heard).not.toContain('example.com')
  expect(heard).not.toContain(Buffer.from(PASSWORD).toString('base64').slice(0, 8))
}

describe('a server that cannot be trusted', () => {
  test.each([
    {
      fault: 'an authority that nobody knows',
      door: 'submission',
      trusted: false,
      words: /its certificate cannot be trusted: unable to verify the first certificate/,
    },
    {
      fault: 'a certificate for another host',
      door: 'misnamed',
      trusted: true,
      words: /its certificate cannot be trusted: Hostname\/IP does not match certificate's altnames/,
    },
  ] as const)(
    'When it has $fault, nothing is said in the clear, one mail is the probe, and all wait',
    async (server) => {
      await using company = await companyOfThree()
      const before = await arrived()
      const { url, line } = await tapped(office.smtpUrl(server.door))
      await using _line = line
      const ca: Variables = server.trusted ? {} : { NODE_EXTRA_CA_CERTS: '', BOUNCE_IMAP_URL: '' }
      const refused = await run(company, { SMTP_URL: url, ...ca })
      expect(refused.code).toBe(3)
      expect(refused.stderr).toMatch(/^the mail server cannot be reached \(.+\); waiting for the next run: 3 mails$/m)
      expect(refused.stderr).toMatch(server.words)
      expect(refused.stdout).toContain('delivered 0, deferred 0, failed 0, cancelled 0')
      expect(line.connections()).toBe(1)
      expectNothingInTheClear(line.heard())
      expect(await arrived()).toBe(before)
      expect(await attemptsOf(company)).toEqual([{ state: 'queued', attempts: 0 }])
    },
  )

  test('The service shuts its gate, says why in readyz, and loses nothing', async () => {
    await using company = await foundCompany({ rules: { schedule: '* * * * * *' } })
    await insertDueCrowd(company, 3)
    const env = { ...office.env, SMTP_URL: office.smtpUrl('misnamed') }
    await using service = await startService(company, env)
    await eventually(async () => {
      const answer = await fetch(`${service.url}/readyz`)
      expect(answer.status).toBe(503)
      expect(await answer.text()).toMatch(/its certificate cannot be trusted: Hostname\/IP does not match/)
    })
    expect(await attemptsOf(company)).toEqual([{ state: 'queued', attempts: 0 }])
    service.kill('SIGTERM')
    expect((await service.ended()).code).toBe(0)
  })

  test('doctor says which setting to change, and the bounce mailbox is not opened either', async () => {
    await using company = await companyOfThree()
    const distrustful = { ...company.env, ...office.env, NODE_EXTRA_CA_CERTS: '' }
    const doctor = await runCli(['doctor'], distrustful)
    expect(doctor.code).toBe(3)
    expect(doctor.stdout).toMatch(/^fault +mail-server +.*certificate.*NODE_EXTRA_CA_CERTS/m)
    expect(doctor.stdout).toMatch(/^fault +bounces +.*certificate.*NODE_EXTRA_CA_CERTS/m)
    const bounces = await runCli(['bounces'], distrustful)
    expect([bounces.code, bounces.stdout]).toEqual([3, ''])
    expect(bounces.stderr).toMatch(
      /^the bounce mailbox: localhost:\d+ shows a certificate that cannot be trusted .*\n$/,
    )
  })
})

describe('a server without TLS', () => {
  test('When TLS is required, nothing is said in the clear, and all wait until it is waived by name', async () => {
    await using company = await companyOfThree()
    const before = await arrived()
    const { url, line } = await tapped(office.smtpUrl('plain'))
    await using _line = line
    const refused = await run(company, { SMTP_URL: url })
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(
      /^the mail server refuses us \(50\d 5\.5\.1 .+\); waiting for the next run: 3 mails$/m,
    )
    expectNothingInTheClear(line.heard())
    expect(await arrived()).toBe(before)
    expect(await attemptsOf(company)).toEqual([{ state: 'queued', attempts: 0 }])

    const waived = await run(company, { SMTP_URL: `smtp://localhost:${office.doors.plain}?requireTLS=false` })
    expect([waived.code, notesOf(waived)]).toEqual([0, ''])
    expect(await arrived()).toBe(before + 3)
  })
})

describe('a log-in that is refused', () => {
  test('When the password is wrong, it is tried once and not by every mail', async () => {
    await using company = await companyOfThree()
    const SMTP_URL = office.smtpUrl('submission', { password: 'wr:ong/pass' })
    const refused = await run(company, { SMTP_URL })
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(
      /^the mail server refuses us \(535 5\.7\.8 .+\); waiting for the next run: 3 mails$/m,
    )
    expect(refused.stdout + refused.stderr).not.toContain('wr:ong/pass')
    expect((await office.postfix.log()).match(/SASL PLAIN authentication failed/g)).toHaveLength(1)
    expect(await attemptsOf(company)).toEqual([{ state: 'queued', attempts: 0 }])
  })

  test('When we do not log in where we should, three refusals by policy in a row are taken to mean us', async () => {
    await using company = await companyOfThree()
    const refused = await run(company, { SMTP_URL: `smtp://localhost:${office.doors.submission}?requireTLS=true` })
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(
      /^the mail server refuses us \(554 5\.7\.1 .+\); waiting for the next run: 3 mails$/m,
    )
    expect(await attemptsOf(company)).toEqual([{ state: 'queued', attempts: 1 }])
    expect(await company.database.sql('SELECT 1 FROM reminders.suppressions')).toEqual([])
  })
})

test('When recipients are refused at once, who is greylisted or met a policy is tried again, who does not exist is not', async () => {
  await using company = await companyOfThree()
  await insertCustomer(company.database.sql, 'dee', { contact: { email: 'dee@example.net' } })
  const before = await arrived()
  await office.postfix.setTable('policy', {
    'ana@example.com': '450 4.7.1 greylisted, come back in five minutes',
    'bo@example.com': '554 5.7.1 not now',
  })
  const first = await run(company)
  expect([first.code, notesOf(first)]).toEqual([1, expect.stringMatching(/^failed mails: 1; .+\n$/)])
  expect(first.stdout).toContain('delivered 1, deferred 2, failed 1, cancelled 0')
  expect(await arrived()).toBe(before + 1)
  expect(await company.database.sql('SELECT outcome, reply FROM reminders.attempts ORDER BY reply')).toMatchObject([
    { reply: expect.stringMatching(/^250 2\.0\.0 Ok: queued as /) },
    { reply: expect.stringMatching(/^450 4\.7\.1 .*greylisted/) },
    { reply: expect.stringMatching(/^550 5\.1\.1 .*unknown/i) },
    { reply: expect.stringMatching(/^554 5\.7\.1 .*not now/) },
  ])
  expect(await company.database.sql('SELECT address_hash AS hash FROM reminders.suppressions')).toEqual([
    { hash: addressHash('dee@example.net') },
  ])

  await office.postfix.setTable('policy', {})
  const next = await run(company, {}, '2026-05-25T12:07:00Z')
  expect([next.code, notesOf(next)]).toEqual([0, ''])
  expect(next.stdout).toContain('delivered 2, deferred 0, failed 0, cancelled 0')
  expect(await arrived()).toBe(before + 3)
})
