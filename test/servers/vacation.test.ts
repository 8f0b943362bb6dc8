import { readFile } from 'node:fs/promises'
import { createTransport } from 'nodemailer'
import { afterAll, expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { AS_OF, foundCompany } from '../support/company.ts'
import { insertCustomer } from '../support/customer.ts'
import { BOUNCES, openPostOffice, SENDER } from './support/post-office.ts'

const AWAY = 'away@example.com'
const office = await openPostOffice([
  // RFC 5230.
  { address: AWAY, sieve: 'require ["vacation"];\nvacation :subject "Away" "I am on holiday.";\n' },
  { address: 'friend@example.com' },
  { address: 'bo@example.com' },
])
afterAll(office[Symbol.asyncDispose])

/** Hands a mail over as it stands. */
async function send(from: string, raw: string): Promise<void> {
  const transport = createTransport({ host: '127.0.0.1', port: office.doors.plain, ignoreTLS: true })
  await transport.sendMail({ envelope: { from, to: AWAY }, raw })
  transport.close()
  await office.postfix.idle()
}

const answersTo = async (address: string) =>
  (await office.mailsOf(address)).filter(({ parsed }) => parsed.subject === 'Away').length

/** Header fields taken out of a mail, with the lines that they are folded over. */
const without = (raw: string, ...names: readonly string[]) =>
  raw.replaceAll(new RegExp(`^(?:${names.join('|')}):.*\\r\\n(?:[ \\t].*\\r\\n)*`, 'gim'), '')

test('When a reader is away, nothing answers our mails, while it does answer others', async () => {
  await using company = await foundCompany()
  await insertCustomer(company.database.sql, 'away')
  const run = await runCli(['run', '--as-of', AS_OF], { ...company.env, ...office.env })
  expect(run.stdout).toContain('delivered 1, deferred 0, failed 0, cancelled 0')
  await office.postfix.idle()
  const [mail] = await office.mailsOf(AWAY)
  if (mail === undefined) throw new Error('nothing arrived')
  expect(mail.header('auto-submitted')).toBe('auto-generated')
  expect([await office.mailsOf(BOUNCES), await office.mailsOf(SENDER)]).toEqual([[], []])
  expect(await readFile(office.dovecotLog, 'utf8')).toMatch(/discarding vacation response/)

  await send(
    'friend@example.com',
    'From: friend@example.com\r\nTo: away@example.com\r\nSubject: Hello\r\n\r\nHow are you?\r\n',
  )
  expect(await answersTo('friend@example.com')).toBe(1)

  // It is for Auto-Submitted alone that it is silent (RFC 3834, 2): our own mail without it is answered.
  const lists = ['List-Unsubscribe', 'List-Unsubscribe-Post']
  const original = mail.raw.replace(/^(?:Return-Path|Delivered-To|Received):.*\r\n(?:[ \t].*\r\n)*/gim, '')
  await send('bo@example.com', without(original, ...lists))
  expect(await answersTo('bo@example.com')).toBe(0)
  expect(await readFile(office.dovecotLog, 'utf8')).toMatch(/discarding vacation response to auto-submitted message/)
  await send('bo@example.com', without(original, ...lists, 'Auto-Submitted'))
  expect(await answersTo('bo@example.com')).toBe(1)
})
