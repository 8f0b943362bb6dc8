import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openForBounces } from '../../src/compose.ts'
import { readBounces } from '../../src/jobs/bounces.ts'
import type { Bookmark } from '../../src/mail/mailbox.ts'
import { addressHash } from '../../src/store/address-hash.ts'
import { bounceMail, complaintMail, VACATION_MAIL } from '../support/bounce-mail.ts'
import { AS_OF, insertWarnedCrowd } from '../support/company.ts'
import { type ImapServer, startImapServer } from '../support/imap-server.ts'
import { openProgram, type Program } from '../support/program.ts'

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

async function read({ after = null, url = mailbox.url }: { after?: Bookmark | null; url?: string } = {}) {
  await using setting = await openForBounces({ ...program.env, ...ENV, BOUNCE_IMAP_URL: url })
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
  test('names each mail in its envelope, leaves the sender that readers see, and is no address to them where nobody reads it', async () => {
    const mail = await sentMails()
    expect(mail(1).to).toMatch(/^bounces\+1[\da-v]{42}@acme\.example$/)
    expect(mail(2).to).not.toBe(mail(1).to)
    expect(program.sink.mails[0]?.raw.toString()).not.toContain('mailto:')
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
