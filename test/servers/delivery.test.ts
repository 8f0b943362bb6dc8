import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { notesOf, runCli } from '../support/cli.ts'
import { AS_OF, type Company, foundCompany } from '../support/company.ts'
import { insertCustomer } from '../support/customer.ts'
import { expectDiscreet } from '../support/service.ts'
import { openPostOffice } from './support/post-office.ts'
import { asRead, type ReadMail } from './support/read-mailbox.ts'

const office = await openPostOffice([{ address: 'ana@example.com' }, { address: 'bo@example.com' }])
afterAll(office[Symbol.asyncDispose])

test('When Postfix took a mail over STARTTLS, its reader has what preview shows, to the byte', async () => {
  await using company = await foundCompany({ rules: { billingUrl: 'https://acme.example/billing?from=mail&lang=de' } })
  await insertCustomer(company.database.sql, 'ana', {
    account: { name: 'Müller & Söhne', locale: 'de-AT', timeZone: 'Europe/Vienna' },
    contact: { name: 'Ana Müller, "née" =?utf-8?Q?X?=' },
    // A line that begins with a dot, and one that says From, are changed on the way by careless programs.
    grant: { name: '.\u200bFrom 日本語 the pack' },
  })
  const env = { ...company.env, ...office.env }
  const expected = await previewed(env)
  const run = await runCli(['run', '--as-of', AS_OF], env)
  expect([run.code, notesOf(run)]).toEqual([0, ''])
  expectDiscreet(run)
  await office.postfix.idle()
  const [mail, ...others] = await office.mailsOf('ana@example.com')
  expect(others).toEqual([])
  if (mail === undefined) throw new Error('nothing arrived')
  expect(contentOf(mail)).toEqual(contentOf(expected))

  const [ledger] = await company.database.sql('SELECT id, message_id, state FROM reminders.mails')
  expect(ledger).toMatchObject({ state: 'sent', message_id: mail.header('message-id') })
  expect(mail.header('list-unsubscribe')).toMatch(
    /^<https:\/\/reminders\.acme\.example\/unsubscribe\/[\w-]+>, <mailto:bounces\+u\w+@acme\.example\?subject=unsubscribe%20[\w-]+>$/,
  )
  expect(mail.header('list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click')
  expect(mail.header('auto-submitted')).toBe('auto-generated')
  expect(mail.header('return-path')).toMatch(/^<bounces\+1[\da-v]{42}@acme\.example>$/)
  // As the server saw it: over TLS, with a log-in (RFC 3848).
  expect(mail.raw).toMatch(/^Received: from .*\r\n\t\(using TLSv1\.[23] .*(?:\r\n\t.*)*with ESMTPSA /m)
})

test('When many mails go out over several connections, each reader has one, and it is their own', async () => {
  await using company = await foundCompany()
  const names = Array.from({ length: 40 }, (_, index) => `reader${index}`)
  // What follows the plus is kept apart by Postfix and by us; to Dovecot it is one mailbox (RFC 5233, 1).
  for (const name of names)
    await insertCustomer(company.database.sql, name, { contact: { email: `bo+${name}@example.com` } })
  const run = await runCli(['run', '--as-of', AS_OF], { ...company.env, ...office.env })
  expect([run.code, notesOf(run)]).toEqual([0, ''])
  await office.postfix.idle()
  const mails = await office.mailsOf('bo@example.com')
  const readers = mails.map(({ parsed }) => /^\* \S+ - Pack of (\w+)/m.exec(parsed.text ?? '')?.[1])
  expect(readers.toSorted()).toEqual(names.toSorted())
  expect(mails.map(({ parsed }) => parsed.to?.[0]?.address)).toEqual(readers.map((name) => `bo+${name}@example.com`))
  const ids = await company.database.sql<{ id: string }>('SELECT message_id AS id FROM reminders.mails')
  expect(mails.map(({ header }) => header('message-id')).toSorted()).toEqual(ids.map(({ id }) => id).toSorted())
})

test('send-test and doctor find the server in order, and log in', async () => {
  await using company = await foundCompany()
  const env = { ...company.env, ...office.env }
  const doctor = await runCli(['doctor'], env)
  expect(doctor.stdout).toMatch(/^ok +mail-server +localhost:\d+ answers, TLSv1\.[23], logged in$/m)
  expect(doctor.stdout).toMatch(/^ok +bounces +localhost:\d+ lets us in, and mails in INBOX can be marked as read$/m)
  expect(doctor.code).toBe(0)
  const sent = await runCli(['send-test', '--to', 'ana+test@example.com'], env)
  expect([sent.code, sent.stderr]).toEqual([0, ''])
  await office.postfix.idle()
  const mails = await office.mailsOf('ana@example.com')
  expect(mails.map(({ parsed }) => parsed.to?.[0]?.address)).toContain('ana+test@example.com')
})

/** The one mail that a run would send, as `preview` writes it. */
async function previewed(env: Company['env']): Promise<ReadMail> {
  const folder = await mkdtemp(join(tmpdir(), 'preview-'))
  try {
    const args = ['preview', '--grant', 'cg_ana', '--as-of', AS_OF, '--output', folder]
    const preview = await runCli(args, env)
    expect([preview.code, preview.stderr]).toEqual([0, ''])
    return await asRead(await readFile(join(folder, 'warning.eml')))
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Of what is written once and read once, all but the signature of the link and what is each mail's own. */
function contentOf({ raw, parsed }: ReadMail) {
  const shared = (text = '') => text.replaceAll(/(\/unsubscribe\/)[\w.-]+/g, '$1…').replaceAll('\r\n', '\n')
  const { from, to, subject, text, html } = parsed
  const encodedHeaders = ['From', 'To', 'Subject'].map(
    (name) => new RegExp(`^${name}: .*(\r?\n[ \t].*)*`, 'm').exec(raw)?.[0],
  )
  return { from, to, subject, encodedHeaders: encodedHeaders.map(shared), text: shared(text), html: shared(html) }
}
