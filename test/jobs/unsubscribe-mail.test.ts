import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openForBounces } from '../../src/compose.ts'
import { readBounces } from '../../src/jobs/bounces.ts'
import { addressHash } from '../../src/store/address-hash.ts'
import { bounceMail } from '../support/bounce-mail.ts'
import { AS_OF, insertWarnedCrowd } from '../support/company.ts'
import { type ImapServer, startImapServer } from '../support/imap-server.ts'
import { openProgram, type Program } from '../support/program.ts'
import { unsubscribeHeaderTo } from '../support/unsubscribe-pages.ts'

const MAIL_RETURN_PATH = 'bounces@acme.example'

let program: Program
let mailbox: ImapServer
beforeAll(async () => {
  program = await openProgram()
  await insertWarnedCrowd(program, 3)
  await using itsMailbox = await startImapServer()
  const env = { MAIL_RETURN_PATH, BOUNCE_IMAP_URL: itsMailbox.url }
  expect((await program.runAt(AS_OF, { env })).delivered.sent).toBe(3)
})
afterAll(() => program[Symbol.asyncDispose]())
beforeEach(async () => {
  await program.database.sql('TRUNCATE reminders.suppressions, reminders.unsubscriptions')
  mailbox = await startImapServer()
})
afterEach(() => mailbox[Symbol.asyncDispose]())

async function read() {
  await using setting = await openForBounces({ ...program.env, MAIL_RETURN_PATH, BOUNCE_IMAP_URL: mailbox.url })
  return readBounces(setting, { after: null, signal: new AbortController().signal })
}

const suppressions = () =>
  program.database.sql('SELECT address_hash AS hash, reason, scope, source FROM reminders.suppressions')
const many = (number: number) => addressHash(`many${number}@example.com`)

describe('a mail that asks for no more', () => {
  /** As a mail client writes it by the address in `List-Unsubscribe`. */
  const requestOf = async (number: number, more: readonly string[] = []) => {
    const [, mailto = ''] =
      /<(mailto:[^>]+)>/.exec(unsubscribeHeaderTo(program.sink, `many${number}@example.com`)) ?? []
    const url = new URL(mailto)
    const headers = [`To: ${decodeURIComponent(url.pathname)}`, 'From: Somebody <else@example.org>', ...more]
    return [...headers, `Subject: ${url.searchParams.get('subject')}`, '', 'Please stop.', ''].join('\n')
  }

  test('stops what one click stops, by whomever it is sent, and is settled', async () => {
    const header = unsubscribeHeaderTo(program.sink, 'many1@example.com')
    expect(header).toMatch(
      /^<https:\/\/[^>]+>, <mailto:bounces\+u[\da-v]{42}@acme\.example\?subject=unsubscribe%20[\w-]+>$/,
    )
    mailbox.deliver(await requestOf(1, ['Auto-Submitted: no']))
    mailbox.deliver(await requestOf(1))
    expect(await read()).toMatchObject({ unsubscribed: 2, leftAlone: 0, reports: { suppressed: 0 } })
    expect(mailbox.seen()).toBe(2)
    expect(await suppressions()).toEqual([{ hash: many(1), reason: 'unsubscribed', scope: 'all', source: 'mail' }])
    const later = await program.dryRunAt('2026-05-29T12:00:00Z')
    expect(later.skipped).toEqual([{ grant: 'many_cg_1', account: 'many_acc_1', reason: 'unsubscribed' }])
  })

  test('is none where a program sent it, it came from nobody, or its subject is only quoted or not ours', async () => {
    const request = (await requestOf(1)).replace(/\+u\w+@/, '@')
    const others = [
      ...[await requestOf(1, ['Auto-Submitted: auto-replied (vacation)']), await requestOf(1, ['Return-Path: <>'])],
      ...[`Auto-Submitted: auto-generated\n${request}`, (await requestOf(1)).replace(/Subject: .*/, 'Subject:')].map(
        (each) => each.replace(/(\+u\w+)\w@/, '$1@'),
      ),
      request.replace('Subject: ', 'Subject: Re: '),
      request.replace('Subject: ', 'Subject: Undeliverable: '),
      request.replace(/(Subject: unsubscribe .*)./, '$1'),
      request.replace(/Subject: .*/, 'Subject: unsubscribe'),
      request.replace(/Subject: .*/, 'Subject: =?nowhere?q?unsubscribe_2x?='),
      // Somebody answers a mail and quotes it, with the address in it.
      `To: billing@acme.example\nSubject: Why?\n\n${(await requestOf(1)).replaceAll(/^/gm, '> ')}`,
    ]
    for (const other of others) mailbox.deliver(other)
    mailbox.deliver(bounceMail().replace(/^Subject: .*$/m, /^Subject: .*$/m.exec(request)?.[0] ?? ''))
    expect(await read()).toMatchObject({ unsubscribed: 0, leftAlone: others.length })
    expect(await suppressions()).toEqual([])
  })

  test('may come without its subject, as some clients send it: the address is enough', async () => {
    const request = (await requestOf(3, ['Auto-Submitted: auto-generated'])).replace(/Subject: .*/, 'Subject:')
    const to = /^To: (.+)$/m.exec(request)?.[1] ?? ''
    mailbox.deliver(request.replace(/^To: .+$/m, `To: undisclosed-recipients:;\nDelivered-To: ${to.toUpperCase()}`))
    // Its return path asks for nothing: that is where vacation responders write to.
    mailbox.deliver(request.replace(to, program.sink.mailsTo('many2@example.com')[0]?.envelope.from ?? ''))
    expect(await read()).toMatchObject({ unsubscribed: 1, leftAlone: 1 })
    expect(await suppressions()).toMatchObject([{ hash: many(3), reason: 'unsubscribed' }])
  })

  test('may have its subject folded and encoded on its way', async () => {
    const request = await requestOf(2)
    const [, token = ''] = /^Subject: unsubscribe (.*)$/m.exec(request) ?? []
    const half = token.length / 2
    const words = [`=?utf-8?q?Unsubscribe_${token.slice(0, half)}?=`, `=?utf-8?b?${btoa(token.slice(half))}?=`]
    mailbox.deliver(request.replace(/Subject: .*/, `Subject: ${words.join('\n ')}`))
    expect(await read()).toMatchObject({ unsubscribed: 1 })
  })
})
