import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mailboxSetting } from '../../src/mail/imap-options.ts'
import { checkMailbox, openMailbox } from '../../src/mail/mailbox.ts'
import { bounceMail } from '../support/bounce-mail.ts'
import { type ImapServer, startImapServer } from '../support/imap-server.ts'
import { startSmtpSink } from '../support/smtp-sink.ts'

let mailbox: ImapServer
beforeAll(async () => {
  mailbox = await startImapServer({ folders: ['Done', 'Bounces/2026'] })
})
afterAll(() => mailbox[Symbol.asyncDispose]())

describe('a mailbox that cannot be read', () => {
  test.each([
    ['nobody there', () => 'imap://u:hunter2@127.0.0.1:1/INBOX', /cannot be reached \(.*ECONNREFUSED.*\); start it/],
    [
      'no such host',
      () => 'imap://u:hunter2@nowhere.invalid/INBOX',
      /nowhere\.invalid:143 cannot be found by its name/,
    ],
    ['a wrong password', () => mailbox.url.replace(/:[^:@]+@/, ':hunter2@'), /refuses user and password \(wrong user/],
    ['no such folder', () => mailbox.url.replace('INBOX', 'Bounces/hunter2'), /has no such folder .*or make it$/],
    ['no such folder to move to', () => `${mailbox.url}?moveTo=Gone`, /has no folder of the name in moveTo; make it/],
    ['no TLS from the first byte', () => mailbox.url.replace('imap:', 'imaps:'), /speaks no TLS on this port/],
    ['no STARTTLS', () => `${mailbox.url}?requireTLS=true`, /offers no STARTTLS, and the password must not go/],
  ])('says so in one line that names what to do: %s', async (_case, url, words) => {
    const setting = mailboxSetting(url())
    const trouble = await checkMailbox(setting)
    const line = `${trouble?.found}; ${trouble?.advice}`
    expect(line).toMatch(words)
    expect(line).not.toMatch(/\n|hunter2\b(?! \()|p@ss/)
    await expect(openMailbox(setting)).rejects.toThrow(`the bounce mailbox: ${trouble?.found}`)
  })

  test('says so where its certificate is nobody’s, and no password leaves', async () => {
    await using sink = await startSmtpSink({ server: { secure: true } })
    const trouble = await checkMailbox(mailboxSetting(`imaps://u:hunter2@127.0.0.1:${sink.port}`))
    expect(trouble?.found).toMatch(/shows a certificate that cannot be trusted/)
    expect(sink.connections.total()).toBe(0)
  })

  test('says so where its mails may only be looked at', async () => {
    await using server = await startImapServer({ readOnly: true })
    expect(await checkMailbox(mailboxSetting(server.url))).toMatchObject({
      found: `127.0.0.1:${server.port} lets the folder only be read`,
      advice: expect.stringContaining('give the user of BOUNCE_IMAP_URL the right'),
    })
  })
})

test('The check of a mailbox reads and marks nothing', async () => {
  mailbox.deliver(bounceMail())
  expect(await checkMailbox(mailboxSetting(`${mailbox.url}?moveTo=Bounces/2026`))).toBeNull()
  expect([mailbox.seen(), mailbox.commands.get('UID FETCH')]).toEqual([0, undefined])
})

test('When it is told to stop, it leaves the line at once, and a reading that is under way fails', async () => {
  const stopping = new AbortController()
  await using opened = await openMailbox(mailboxSetting(mailbox.url), stopping.signal)
  stopping.abort()
  await expect(opened.unreadReports(null).next()).rejects.toThrow('the bounce mailbox')
})

test('Reports are read in the order in which they came, whatever numbers the server gave them', async () => {
  await using busy = await startImapServer()
  const minutes = [3, 1, 2, 1]
  for (const minute of minutes) busy.deliver(bounceMail(), new Date(Date.UTC(2026, 4, 25, 12, minute)))
  await using opened = await openMailbox(mailboxSetting(busy.url))
  const read: number[] = []
  for await (const page of opened.unreadReports(null)) read.push(...page.map(({ uid }) => uid))
  expect(read).toEqual([2, 4, 3, 1])
  expect(opened.bookmark().uid).toBe(minutes.length)
})

describe('the setting', () => {
  test.each([
    ['imaps://u:p@imap.example.com', { host: 'imap.example.com', port: 993, secure: true }, ['INBOX'], null],
    ['imap://u:p@imap.example.com/', { port: 143, secure: false, doSTARTTLS: true }, ['INBOX'], null],
    ['imap://u:p@[::1]:1143/INBOX/Bounces%2FA', { host: '::1', port: 1143 }, ['INBOX', 'Bounces/A'], null],
    ['imaps://u:p@h/A?moveTo=B/C%20D', { secure: true }, ['A'], ['B', 'C D']],
    ['imaps://a%40b:p%2Fs%25@h', { auth: { user: 'a@b', pass: 'p/s%' } }, ['INBOX'], null],
  ])('%s', (url, options, folder, moveTo) => {
    expect(mailboxSetting(url)).toMatchObject({ options, folder, moveTo })
  })

  test.each([
    'imap://u:p@127.0.0.1/',
    'imap://u:p@localhost/',
    'imap://u:p@imap.example.com/?requireTLS=false',
    'imaps://u:p@imap.example.com',
  ])('STARTTLS is not demanded by %s', (url) => {
    expect(mailboxSetting(url).options).not.toHaveProperty('doSTARTTLS')
  })
})
