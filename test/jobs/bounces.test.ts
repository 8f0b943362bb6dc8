import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openForBounces } from '../../src/compose.ts'
import { readBounces } from '../../src/jobs/bounces.ts'
import type { Bookmark } from '../../src/mail/mailbox.ts'
import { addressHash } from '../../src/store/address-hash.ts'
import { bounceMail, complaintMail, VACATION_MAIL } from '../support/bounce-mail.ts'
import { AS_OF, insertWarnedCrowd } from '../support/company.ts'
import { type ImapServer, startImapServer } from '../support/imap-server.ts'
import { openProgram, type Program } from '../support/program.ts'
import { unsubscribeHeaderTo } from '../support/unsubscribe-pages.ts'

const ENV = { MAIL_RETURN_PATH: 'bounces@acme.example' }

let program: Program
let mailbox: ImapServer
beforeEach(async () => {
  program = await openProgram()
  mailbox = await startImapServer({ folders: ['Done'] })
  await insertWarnedCrowd(program, 3)
})
afterEach(async () => {
  await mailbox[Symbol.asyncDispose]()
  await program[Symbol.asyncDispose]()
})

/** The mails of a run, by number: where their bounces come to, and by what they are known. */
async function sentMails(env: Readonly<Record<string, string>> = ENV) {
  expect((await program.runAt(AS_OF, { env })).delivered.sent).toBe(3)
  return (number: number) => {
    const [mail] = program.sink.mailsTo(`many${number}@example.com`)
    const messageId = /^Message-ID: (.+)\r$/im.exec(mail?.raw.toString() ?? '')?.[1] ?? ''
    return { to: mail?.envelope.from ?? '', messageId, returned: `Message-ID: ${messageId}` }
  }
}

async function read(
  { after = null, url = mailbox.url }: { after?: Bookmark | null; url?: string } = {},
  env: Readonly<Record<string, string>> = ENV,
) {
  await using setting = await openForBounces({ ...program.env, ...env, BOUNCE_IMAP_URL: url })
  return readBounces(setting, { after, signal: new AbortController().signal })
}

const suppressions = () =>
  program.database.sql(
    'SELECT address_hash AS hash, reason, scope, source FROM reminders.suppressions WHERE lifted_at IS NULL ORDER BY reason, hash',
  )
const reports = () =>
  program.database.sql(
    'SELECT kind, status, diagnostic, source, mail_id IS NOT NULL AS linked, address_hash AS hash FROM reminders.reports ORDER BY kind DESC, status',
  )
const many = (number: number) => addressHash(`many${number}@example.com`)

describe('the return path', () => {
  test('names each mail in its envelope, and leaves the sender that readers see', async () => {
    const mail = await sentMails()
    expect(mail(1).to).toMatch(/^bounces\+1[\da-v]{42}@acme\.example$/)
    expect(mail(2).to).not.toBe(mail(1).to)
    expect(program.sink.mails[0]?.raw.toString()).toMatch(/^From: Acme Billing <billing@acme\.example>\r$/m)
  })

  test('is the sender where none is set', async () => {
    expect((await sentMails({}))(1).to).toBe('billing@acme.example')
  })
})

describe('the mailbox', () => {
  test('A bounce by the return path, one by its Message-ID, and a complaint each suppress the address of their mail', async () => {
    const mail = await sentMails()
    mailbox.deliver(bounceMail({ to: mail(1).to, recipient: 'forwarded@elsewhere.example' }))
    mailbox.deliver(bounceMail({ returned: mail(2).returned, recipient: 'Many2@EXAMPLE.com', status: '5.2.1' }))
    mailbox.deliver(complaintMail({ returned: mail(3).returned }))
    expect(await read()).toMatchObject({
      reports: { failed: 2, delayed: 0, complaint: 1, other: 0, unknown: 0, repeated: 0, suppressed: 3 },
      leftAlone: 0,
    })
    expect(await suppressions()).toEqual([
      ...[many(1), many(2)].toSorted().map((hash) => ({
        hash,
        reason: 'bounced',
        scope: 'all',
        source: expect.stringMatching(/^mail [\da-f-]{36}$/),
      })),
      { hash: many(3), reason: 'complaint', scope: 'warnings', source: expect.stringMatching(/^mail /) },
    ])
    expect(await reports()).toEqual([
      {
        kind: 'failed',
        status: '5.1.1',
        diagnostic: '550 5.1.1 <***@elsewhere.example>: no such user here',
        source: 'mailbox',
        linked: true,
        hash: addressHash('forwarded@elsewhere.example'),
      },
      expect.objectContaining({ kind: 'failed', status: '5.2.1', linked: true, hash: many(2) }),
      expect.objectContaining({ kind: 'complaint', status: null, linked: true, hash: many(3) }),
    ])
    expect(mailbox.seen()).toBe(3)
  })

  test('A suppressed address gets no further mail, and its mail stays sent', async () => {
    const mail = await sentMails()
    mailbox.deliver(bounceMail({ to: mail(1).to }))
    mailbox.deliver(complaintMail({ returned: mail(2).returned }))
    await read()
    const later = await program.dryRunAt('2026-05-29T12:00:00Z')
    expect(later.emails.map(({ to, category }) => `${to} ${category}`)).toEqual(['many3@example.com warning'])
    const gone = await program.dryRunAt('2026-06-01T12:00:00Z')
    expect(gone.emails.map(({ to, category }) => `${to} ${category}`)).toEqual([
      'many2@example.com expired',
      'many3@example.com expired',
    ])
    expect(await program.database.sql('SELECT DISTINCT state FROM reminders.mails')).toEqual([{ state: 'sent' }])
  })

  test('A delay, a full mailbox, a policy and a failure after days are kept, and suppress nobody', async () => {
    const mail = await sentMails()
    for (const parts of [
      { action: 'delayed', status: '5.1.1' },
      { status: '5.2.2' },
      { status: '5.7.1' },
      { status: '4.4.7' },
    ]) {
      mailbox.deliver(bounceMail({ to: mail(1).to, ...parts }))
    }
    expect((await read()).reports).toMatchObject({ failed: 3, delayed: 1, suppressed: 0 })
    expect(await suppressions()).toEqual([])
  })

  test('Nobody can have a stranger suppressed: not by another recipient, a forged return path, a guessed or a borrowed Message-ID', async () => {
    const mail = await sentMails()
    const { messageId, to } = mail(1)
    mailbox.deliver(bounceMail({ returned: mail(1).returned, recipient: 'many2@example.com' }))
    mailbox.deliver(bounceMail({ to: to.replace(/.@/, (last) => (last === '0@' ? '1@' : '0@')) }))
    mailbox.deliver(bounceMail({ returned: 'Message-ID: <many1@acme.example>', recipient: 'many1@example.com' }))
    mailbox.deliver(
      bounceMail({
        returned: `Message-ID: ${messageId.replace('acme.example', 'evil.example')}`,
        recipient: 'many1@example.com',
      }),
    )
    mailbox.deliver(bounceMail({ recipient: 'many1@example.com', returned: 'Subject: nothing' }))
    mailbox.deliver(complaintMail({ fields: ['Original-Rcpt-To: many1@example.com'] }))
    expect((await read()).reports).toMatchObject({ failed: 5, complaint: 1, unknown: 5, suppressed: 0 })
    expect(await suppressions()).toEqual([])
  })

  test('Other mails stay unread, and are counted', async () => {
    const mail = await sentMails()
    mailbox.deliver(VACATION_MAIL)
    mailbox.deliver(bounceMail({ to: mail(1).to }))
    mailbox.deliver('Subject: Our newsletter\nContent-Type: multipart/mixed; boundary=x\n\n--x--\n')
    mailbox.deliver(bounceMail().replace('message/delivery-status', 'text/plain'))
    mailbox.deliver('')
    expect(await read()).toMatchObject({ reports: { failed: 1, suppressed: 1 }, leftAlone: 4 })
    expect(mailbox.folder('INBOX').map(({ flags }) => flags.has('\\Seen'))).toEqual([false, true, false, false, false])
  })

  test('What was looked through is not looked at again by the same process, unless the mailbox gets other numbers', async () => {
    const mail = await sentMails()
    for (let count = 0; count < 250; count += 1) mailbox.deliver(VACATION_MAIL)
    const { bookmark, leftAlone } = await read()
    expect(leftAlone).toBe(250)
    mailbox.deliver(bounceMail({ to: mail(1).to }))
    expect(await read({ after: bookmark })).toMatchObject({ reports: { failed: 1 }, leftAlone: 0 })
    expect(await read({ after: { ...bookmark, uid: 251 } })).toMatchObject({ reports: { failed: 0 }, leftAlone: 0 })
    mailbox.renumber()
    expect(await read({ after: bookmark })).toMatchObject({ leftAlone: 250 })
  })

  test('When the line breaks between the ledger and the mark, it is read again, and counts once', async () => {
    const mail = await sentMails()
    mailbox.deliver(bounceMail({ to: mail(1).to }))
    mailbox.fail('UID STORE', 'close')
    await expect(read()).rejects.toThrow(/^the bounce mailbox: 127\.0\.0\.1:\d+ cannot be reached/)
    expect(await suppressions()).toHaveLength(1)
    expect(await read()).toMatchObject({ reports: { failed: 0, repeated: 1, suppressed: 0 } })
    expect([await reports(), mailbox.seen()]).toEqual([[expect.anything()], 1])
  })

  test('When a person takes the address off the list, bounces of mails from before do not put it back, and later ones do', async () => {
    const mail = await sentMails()
    const bounce = bounceMail({ to: mail(1).to })
    mailbox.deliver(bounce)
    await read()
    await program.database.sql('UPDATE reminders.suppressions SET lifted_at = $1', ['2026-05-26T12:00:00Z'])
    mailbox.deliver(bounce)
    mailbox.deliver(bounceMail({ to: mail(1).to }))
    expect((await read()).reports).toMatchObject({ failed: 1, repeated: 1, suppressed: 0 })
    expect(await suppressions()).toEqual([])
    expect((await program.runAt('2026-05-29T12:00:00Z', { env: ENV })).delivered.sent).toBe(3)
    const later = program.sink.mailsTo('many1@example.com')[1]?.envelope.from ?? ''
    mailbox.deliver(bounceMail({ to: later }))
    expect((await read()).reports).toMatchObject({ failed: 1, suppressed: 1 })
    expect(await suppressions()).toMatchObject([{ hash: many(1), reason: 'bounced' }])
  })

  test('When a person takes the address off the list, a complaint made after that counts, whatever mail it is about', async () => {
    const mail = await sentMails()
    mailbox.deliver(complaintMail({ returned: mail(1).returned }))
    await read()
    await program.database.sql('UPDATE reminders.suppressions SET lifted_at = $1', ['2026-05-26T12:00:00Z'])
    mailbox.deliver(complaintMail({ returned: mail(1).returned }))
    expect((await read()).reports).toMatchObject({ complaint: 1, suppressed: 1 })
  })

  test('When several read at once, each bounce counts once', async () => {
    const mail = await sentMails()
    for (let count = 0; count < 60; count += 1) mailbox.deliver(bounceMail({ to: mail((count % 3) + 1).to }))
    const all = await Promise.all([read(), read(), read()])
    expect(all.reduce((sum, each) => sum + each.reports.failed, 0)).toBe(60)
    expect(all.reduce((sum, each) => sum + each.reports.suppressed, 0)).toBe(3)
    expect([(await reports()).length, mailbox.seen()]).toEqual([60, 60])
  })

  test('Reports go to another folder where one is named', async () => {
    const mail = await sentMails()
    mailbox.deliver(VACATION_MAIL)
    for (let count = 0; count < 25; count += 1) mailbox.deliver(bounceMail({ to: mail(1).to }))
    expect(await read({ url: `${mailbox.url}?moveTo=Done` })).toMatchObject({ reports: { failed: 25 }, leftAlone: 1 })
    expect([mailbox.folder('INBOX').length, mailbox.folder('Done').length]).toEqual([1, 25])
  })

  test('When the database is away, nothing is marked', async () => {
    const mail = await sentMails()
    mailbox.deliver(bounceMail({ to: mail(1).to }))
    await program.database.sql('ALTER TABLE reminders.reports RENAME TO reports_away')
    await expect(read()).rejects.toThrow()
    expect(mailbox.seen()).toBe(0)
    await program.database.sql('ALTER TABLE reminders.reports_away RENAME TO reports')
    expect((await read()).reports).toMatchObject({ failed: 1, suppressed: 1 })
  })
})

describe('a mailbox that fails in the middle', () => {
  const faultOf = async (url: string) => {
    const error = await read({ url }).catch((thrown: Error) => thrown)
    expect(error).toBeInstanceOf(Error)
    return (error as Error).message
  }

  test.each([
    ['UID SEARCH', 'NO [SERVERBUG] not today'],
    ['UID FETCH', 'NO [SERVERBUG] not today'],
    ['UID FETCH', 'close'],
    ['UID STORE', 'NO [SERVERBUG] not today'],
    ['UID MOVE', 'NO [SERVERBUG] not today'],
    ['UID MOVE', 'close-after'],
  ] as const)(
    'When %s is answered by %s, it fails in one line, and the next reading makes up for it',
    async (command, fault) => {
      const mail = await sentMails()
      mailbox.deliver(bounceMail({ to: mail(1).to }))
      mailbox.fail(command, fault)
      const url = `${mailbox.url}?moveTo=Done`
      expect(await faultOf(url)).toMatch(/^the bounce mailbox: [^\n]+$/)
      const { reports } = await read({ url })
      expect(reports.failed + reports.repeated).toBeLessThanOrEqual(1)
      expect(await suppressions()).toHaveLength(1)
    },
  )
})

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
    const env = { MAIL_RETURN_PATH: ENV.MAIL_RETURN_PATH, BOUNCE_IMAP_URL: mailbox.url }
    await sentMails(env)
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
    await sentMails({ MAIL_RETURN_PATH: ENV.MAIL_RETURN_PATH, BOUNCE_IMAP_URL: mailbox.url })
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
    ]
    for (const other of others) mailbox.deliver(other)
    mailbox.deliver(bounceMail().replace(/^Subject: .*$/m, /^Subject: .*$/m.exec(request)?.[0] ?? ''))
    expect(await read()).toMatchObject({ unsubscribed: 0, leftAlone: others.length })
    expect(await suppressions()).toEqual([])
  })

  test('may come without its subject, as some clients send it: the address is enough', async () => {
    await sentMails({ MAIL_RETURN_PATH: ENV.MAIL_RETURN_PATH, BOUNCE_IMAP_URL: mailbox.url })
    const request = (await requestOf(3, ['Auto-Submitted: auto-generated'])).replace(/Subject: .*/, 'Subject:')
    const to = /^To: (.+)$/m.exec(request)?.[1] ?? ''
    mailbox.deliver(request.replace(/^To: .+$/m, `To: undisclosed-recipients:;\nDelivered-To: ${to.toUpperCase()}`))
    // Its return path asks for nothing: that is where vacation responders write to.
    mailbox.deliver(request.replace(to, program.sink.mailsTo('many2@example.com')[0]?.envelope.from ?? ''))
    expect(await read()).toMatchObject({ unsubscribed: 1, leftAlone: 1 })
    expect(await suppressions()).toMatchObject([{ hash: many(3), reason: 'unsubscribed' }])
  })

  test('may have its subject folded and encoded on its way', async () => {
    await sentMails({ MAIL_RETURN_PATH: ENV.MAIL_RETURN_PATH, BOUNCE_IMAP_URL: mailbox.url })
    const request = await requestOf(2)
    const [, token = ''] = /^Subject: unsubscribe (.*)$/m.exec(request) ?? []
    const half = token.length / 2
    const words = [`=?utf-8?q?Unsubscribe_${token.slice(0, half)}?=`, `=?utf-8?b?${btoa(token.slice(half))}?=`]
    mailbox.deliver(request.replace(/Subject: .*/, `Subject: ${words.join('\n ')}`))
    expect(await read()).toMatchObject({ unsubscribed: 1 })
  })

  test('is asked for in no mail where no mailbox is read', async () => {
    await sentMails()
    expect(unsubscribeHeaderTo(program.sink, 'many1@example.com')).toMatch(/^<https:[^>]+>$/)
  })
})
