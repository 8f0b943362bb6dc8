import { createTransport } from 'nodemailer'
import { afterAll, expect, test } from 'vitest'
import { notesOf, runCli } from '../support/cli.ts'
import { AS_OF, foundCompany } from '../support/company.ts'
import { insertCustomer } from '../support/customer.ts'
import { expectDiscreet, startService } from '../support/service.ts'
import { signingKey, verifySignature } from '../support/signing.ts'
import { freePorts } from './support/free-ports.ts'
import { openPostOffice } from './support/post-office.ts'

const office = await openPostOffice([{ address: 'ana@example.com' }])
afterAll(office[Symbol.asyncDispose])

const HELLO = { account: { name: 'Müller & Söhne' }, contact: { name: 'Ana "née" Müller' } }

test('A mail that Postfix carried passes DKIM, and its own headers end the reminders by one click', async () => {
  await using company = await foundCompany()
  await insertCustomer(company.database.sql, 'ana', HELLO)
  const { env: signing, pem, records } = signingKey()
  const [port = 0] = await freePorts(1)
  const http = { HTTP_PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}` }
  const env = { ...company.env, ...office.env, ...signing, ...http }
  const run = await runCli(['run', '--as-of', AS_OF], env)
  expect([run.code, notesOf(run)]).toEqual([0, ''])
  expectDiscreet(run)
  expect(run.stdout + run.stderr).not.toContain(pem.split('\n')[1])
  await office.postfix.idle()
  const [mail, ...others] = await office.mailsOf('ana@example.com')
  expect(others).toEqual([])
  if (mail === undefined) throw new Error('nothing arrived')

  const verified = await verifySignature(Buffer.from(mail.raw, 'latin1'), records)
  expect(verified).toMatchObject({ result: 'pass', domain: 'acme.example' })
  // MAIL.md's own list, and what DMARC and Gmail look at.
  for (const name of ['from', 'to', 'subject', 'date', 'message-id', 'list-unsubscribe', 'list-unsubscribe-post'])
    expect(verified.covers.filter((each) => each === name)).toHaveLength(2)
  expect(verified.covers).toEqual(expect.arrayContaining(['auto-submitted', 'feedback-id', 'content-type']))
  const changed = mail.raw.replace('Pack of ana', 'Pack of eve')
  expect(changed).not.toBe(mail.raw)
  expect((await verifySignature(Buffer.from(changed, 'latin1'), records)).result).not.toBe('pass')
  const stranger = signingKey().records
  expect((await verifySignature(Buffer.from(mail.raw, 'latin1'), stranger)).result).toBe('fail')

  // As a mail program does it (RFC 8058, 3.1): the first HTTPS link, no cookies, the words of the other header as body.
  expect(mail.header('list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click')
  const [, link = ''] = /^<(https?:[^>]+)>/.exec(mail.header('list-unsubscribe') ?? '') ?? []
  await using service = await startService(company, { ...office.env, ...signing, ...http })
  const body = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' })
  for (const _again of [1, 2]) {
    const response = await fetch(link, { method: 'POST', body, redirect: 'manual' })
    expect([response.status, response.headers.get('set-cookie')]).toEqual([200, null])
  }
  const ended = await company.database.sql('SELECT contact_id, account_id FROM reminders.unsubscriptions')
  expect(ended).toEqual([{ contact_id: 'con_ana', account_id: 'acc_ana' }])
  service.kill('SIGTERM')
  await service.ended()
})

test('The envelope id stays with the mail on its way: a bounce of Postfix repeats it', async () => {
  await using company = await foundCompany()
  await insertCustomer(company.database.sql, 'gone', { contact: { email: 'gone@far.example' } })
  const run = await runCli(['run', '--as-of', AS_OF], { ...company.env, ...office.env })
  expect([run.code, notesOf(run)]).toEqual([0, ''])
  await office.postfix.idle()
  const [ledger] = await company.database.sql<{ id: string }>('SELECT message_id AS id FROM reminders.mails')
  const bounces = await office.mailsOf('bounces@acme.example')
  expect(bounces.map(({ raw }) => /^Original-Envelope-Id: (.+?)\r?$/m.exec(raw)?.[1])).toEqual([
    ledger?.id.slice(1, -1),
  ])
})

test('A mail to the address of its header ends the reminders as well, even with an empty subject, as Apple sends it', async () => {
  await using company = await foundCompany()
  await insertCustomer(company.database.sql, 'ana')
  const env = { ...company.env, ...office.env }
  expect((await runCli(['run', '--as-of', AS_OF], env)).code).toBe(0)
  await office.postfix.idle()
  const mail = (await office.mailsOf('ana@example.com')).at(-1)
  const [, mailto = ''] = /<(mailto:[^>]+)>$/.exec(mail?.header('list-unsubscribe') ?? '') ?? []
  const to = decodeURIComponent(new URL(mailto).pathname)
  const transport = createTransport({ host: '127.0.0.1', port: office.doors.plain, ignoreTLS: true })
  const raw = `From: ana@example.com\r\nTo: <${to}>\r\nSubject: \r\n\r\n`
  await transport.sendMail({ envelope: { from: 'ana@example.com', to }, raw })
  transport.close()
  await office.postfix.idle()
  const { stdout } = await runCli(['bounces', '--format', 'json'], env)
  expect(JSON.parse(stdout)).toMatchObject({ unsubscribed: 1 })
  const listed = await company.database.sql('SELECT reason, scope, source FROM reminders.suppressions')
  expect(listed).toEqual([{ reason: 'unsubscribed', scope: 'all', source: 'mail' }])
})
