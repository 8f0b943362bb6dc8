import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { AS_OF, type Company, foundCompany } from '../support/company.ts'
import { insertCustomer } from '../support/customer.ts'
import { signingKey, verifySignature } from '../support/signing.ts'
import type { SinkMail } from '../support/smtp-sink.ts'
import { HOSTILE_NAMES } from './contents.ts'

// Headers and envelope of mails as a mail server is handed them by `run`: points 1 to 8 of docs/mail.md.

const { env: signing, records } = signingKey()
const SETTINGS = {
  MAIL_FROM: '"Acme, Inc. =?utf-8?Q?X?=" <billing@acme.example>',
  MAIL_REPLY_TO: 'Help <help@acme.example>',
  MAIL_RETURN_PATH: 'bounces@acme.example',
}
/** What a database can hold of them: no NUL, and only whole characters. */
const NAMES = Object.values(HOSTILE_NAMES).map((name) => name.replaceAll('\0', '').toWellFormed())

let company: Company
let mails: readonly SinkMail[]
let ledger: readonly Readonly<{ to: string; id: string; attempts: number }>[]

beforeAll(async () => {
  company = await foundCompany()
  const { database, sink } = company
  for (const [index, name] of [...NAMES, 'Ana'].entries())
    await insertCustomer(database.sql, `c${index}`, { account: { name }, contact: { name }, grant: { name } })
  sink.answer({ stage: 'final', reply: '451 4.3.0 later', to: 'c0@example.com', times: 1 })
  for (const asOf of [AS_OF, '2026-05-25T18:00:00Z'])
    await runCli(['run', '--as-of', asOf], { ...company.env, ...SETTINGS, ...signing })
  mails = sink.mails
  ledger = await database.sql(`
    SELECT to_address AS to, message_id AS id, (SELECT count(*)::int FROM reminders.attempts a WHERE a.mail_id = m.id) AS attempts
    FROM reminders.mails m`)
})
afterAll(() => company[Symbol.asyncDispose]())

/** The headers of a mail, unfolded, by name in lower case. */
function headersOf({ raw }: SinkMail): ReadonlyMap<string, readonly string[]> {
  const [head = ''] = raw.toString('latin1').split('\r\n\r\n', 1)
  const headers = new Map<string, string[]>()
  for (const line of head.replace(/\r\n(?=[ \t])/g, '').split('\r\n')) {
    const [name = '', ...value] = line.split(':')
    headers.set(name.toLowerCase(), [...(headers.get(name.toLowerCase()) ?? []), value.join(':').trim()])
  }
  return headers
}

const valuesOf = (name: string) => mails.map((mail) => headersOf(mail).get(name))

test('Every header is there once, and Date is the time of sending', () => {
  expect(mails).toHaveLength(NAMES.length + 1)
  for (const mail of mails) {
    const headers = headersOf(mail)
    expect([...headers.values()].filter((values) => values.length > 1)).toEqual([])
    expect([...headers.keys()]).toEqual(expect.arrayContaining(['date', 'from', 'to', 'subject', 'message-id']))
    const isLate = mail.envelope.to.includes('c0@example.com')
    expect(headers.get('date')).toEqual([
      isLate ? 'Mon, 25 May 2026 18:00:00 +0000' : 'Mon, 25 May 2026 12:00:00 +0000',
    ])
  }
})

test('The Message-ID is on the domain of From, and that of the ledger also after a retry', () => {
  const carried = mails.map((mail) => [mail.envelope.to[0], headersOf(mail).get('message-id')?.[0]])
  expect(carried.toSorted()).toEqual(ledger.map(({ to, id }) => [to, id]).toSorted())
  for (const { id } of ledger) expect(id).toMatch(/^<[\da-f-]{36}@acme\.example>$/)
  expect(ledger.filter(({ attempts }) => attempts === 2).map(({ to }) => to)).toEqual(['c0@example.com'])
})

test('Auto-Submitted says that nobody wrote it', () => {
  expect(new Set(valuesOf('auto-submitted').flat())).toEqual(new Set(['auto-generated']))
})

test('List-Unsubscribe has the HTTPS link first, and one click is offered', () => {
  for (const values of valuesOf('list-unsubscribe'))
    expect(values).toEqual([
      expect.stringMatching(/^<https:\/\/reminders\.acme\.example\/unsubscribe\/[\w.-]+>(?:, <mailto:|$)/),
    ])
  expect(new Set(valuesOf('list-unsubscribe-post').flat())).toEqual(new Set(['List-Unsubscribe=One-Click']))
})

test('A signed mail passes DKIM as it was delivered', async () => {
  const verified = await Promise.all(mails.map(({ raw }) => verifySignature(raw, records)))
  expect(new Set(verified.map(({ result, domain }) => `${result} ${domain}`))).toEqual(new Set(['pass acme.example']))
})

test('Each mail has a return path of its own', () => {
  const paths = mails.map(({ envelope }) => envelope.from)
  expect(new Set(paths).size).toBe(mails.length)
  for (const path of paths) expect(path).toMatch(/^bounces\+1[\da-v]{42}@acme\.example$/)
})

test('Feedback-ID has at most four fields and nothing of the reader, replies go to people, and no header says bulk', () => {
  expect(new Set(valuesOf('feedback-id').flat())).toEqual(new Set(['warning:en:credit-expiry']))
  expect(new Set(valuesOf('reply-to').flat())).toEqual(new Set(['Help <help@acme.example>']))
  for (const name of ['precedence', 'references', 'in-reply-to', 'cc', 'bcc', 'sender'])
    expect(
      valuesOf(name).filter((values) => values !== undefined),
      name,
    ).toEqual([])
})

test('Names of all sorts change neither the envelope nor the number of headers', async () => {
  expect(mails.map(({ envelope }) => envelope.to).toSorted()).toEqual(ledger.map(({ to }) => [to]).toSorted())
  const [names, ...others] = mails.map((mail) => [...headersOf(mail).keys()])
  expect(others).toEqual(others.map(() => names))
  for (const mail of mails) {
    const { from, to } = await mail.parsed()
    expect(from).toMatchObject({ name: 'Acme, Inc. =?utf-8?Q?X?=', address: 'billing@acme.example' })
    expect(to?.map(({ address }) => address)).toEqual(mail.envelope.to)
  }
})
