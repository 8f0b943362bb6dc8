import { describe, expect, test } from 'vitest'
import { readReportMail } from '../../src/mail/report.ts'
import { returnPathOf } from '../../src/mail/return-path.ts'
import { bounceMail, complaintMail, VACATION_MAIL } from '../support/bounce-mail.ts'

const RETURN_PATH = { address: 'bounces@acme.example', secret: 'a-link-secret-of-the-tests' }
const MAIL = '019a2b3c-4d5e-7f60-8192-a3b4c5d6e7f8'
const MESSAGE_ID = `<${MAIL}@acme.example>`
const TO = returnPathOf(MAIL, RETURN_PATH)

const read = (mail: string | Buffer) => readReportMail(Buffer.from(mail), RETURN_PATH)
const reportsOf = async (mail: string | Buffer) => (await read(mail))?.reports
const withStatus = (deliveryStatus: string) => reportsOf(bounceMail({ deliveryStatus }))

describe('a bounce', () => {
  test('tells what became of the mail, and which one, by the address that it came to', async () => {
    expect(await read(bounceMail({ to: TO, returned: `Message-ID: ${MESSAGE_ID}` }))).toEqual({
      identity: expect.stringMatching(/^[\da-f]{64}$/),
      provenMailId: MAIL,
      returnedMessageId: MESSAGE_ID,
      reports: [
        {
          kind: 'failed',
          status: '5.1.1',
          diagnostic: '550 5.1.1 <ana@example.com>: no such user here',
          recipients: ['ana@example.com'],
        },
      ],
    })
  })

  test.each([
    ['the To', (to: string) => bounceMail().replace('\nTo: bounces@acme.example', `\nTo: ${to}`)],
    [
      'the Delivered-To',
      (to: string) => bounceMail().replace('Delivered-To: bounces@acme.example', `Delivered-To: ${to}`),
    ],
    ['an X-Original-To', (to: string) => `X-Original-To: <${to}>\n${bounceMail()}`],
    ['a To in capitals and a folded line', (to: string) => `To:\n "Bounces" <${to.toUpperCase()}>\n${bounceMail()}`],
    ['the Return-Path of the returned mail', (to: string) => bounceMail({ returned: `Return-Path: <${to}>` })],
  ])('names its mail in %s', async (_place, mailTo) => {
    expect(await read(mailTo(TO))).toMatchObject({ provenMailId: MAIL })
    expect(await read(mailTo(TO.replace(/.@/, (last) => (last === '0@' ? '1@' : '0@'))))).toMatchObject({
      provenMailId: null,
    })
  })

  test('names its mail by the envelope id that it repeats, where it returns nothing of it', async () => {
    const status = `Original-Envelope-Id: ${MESSAGE_ID.slice(1, -1)}\nReporting-MTA: dns; mx.example.com\n\nFinal-Recipient: rfc822; ana@example.com\nAction: failed\nStatus: 5.1.1`
    expect(await read(bounceMail({ deliveryStatus: status, returned: '' }))).toMatchObject({
      returnedMessageId: MESSAGE_ID,
      reports: [{ kind: 'failed', status: '5.1.1' }],
    })
  })

  test('names no mail by a return path where none is set', async () => {
    expect(await readReportMail(Buffer.from(bounceMail({ to: TO })), null)).toMatchObject({ provenMailId: null })
  })

  test.each([
    ['failed', '5.1.1', 'failed'],
    ['failed', '4.4.7', 'failed'],
    ['Failed', '5.0.0', 'failed'],
    ['delayed', '4.4.1', 'delayed'],
    ['delayed', '5.1.1', 'delayed'],
    ['delivered', '2.1.5', 'other'],
    ['relayed', '2.0.0', 'other'],
    ['expanded', '2.0.0', 'other'],
    ['lost', '5.1.1', 'other'],
    ['failed (expired)', '5.1.1', 'failed'],
  ])('of which the action is %s and the status %s is %s', async (action, status, kind) => {
    expect(await reportsOf(bounceMail({ action, status }))).toMatchObject([{ kind, status }])
  })

  test.each([
    ['5.1.1 (bad destination mailbox address)', '550 user unknown', '5.1.1'],
    ['5.0.0', '550-5.1.1 The email account does not exist', '5.1.1'],
    ['5.0.0', '550 user unknown', '5.0.0'],
    ['5.0.0', '450 TEMPERROR: retry timeout exceeded', '5.0.0'],
    ['5.7.1', '550 5.1.1 hidden', '5.7.1'],
    ['', '550 5.1.10 null MX', '5.1.10'],
    ['no status', 'host is 5.1.1.1', null],
    ['15.1.1', '', null],
    ['6.1.1', '', null],
  ])('has of the status %j and the words %j the status %j', async (status, diagnostic, expected) => {
    expect(await reportsOf(bounceMail({ status, diagnostic }))).toMatchObject([{ status: expected }])
  })

  test.each([
    ['rfc822; ana@example.com', ['ana@example.com']],
    ['rfc822;<ana@example.com>', ['ana@example.com']],
    ['RFC822 ; Ana@Example.com', ['Ana@Example.com']],
    ['ana@example.com', ['ana@example.com']],
    ['rfc822; ana+2Bbilling@example.com', ['ana+2Bbilling@example.com', 'ana+billing@example.com']],
    ['utf-8; анна@пример.example', ['анна@пример.example']],
    [String.raw`utf-8; \x{430}\x{3BB}@example.com`, ['аλ@example.com']],
    [String.raw`utf-8; \x{FFFFFF}@example.com`, [String.raw`\x{FFFFFF}@example.com`]],
    ['x400; /G=Ana/', []],
    ['rfc822; postmaster', []],
    ['', []],
  ])('about the recipient %j names %j', async (field, recipients) => {
    expect(
      await withStatus(`Reporting-MTA: dns; mx\n\nFinal-Recipient: ${field}\nAction: failed\nStatus: 5.1.1`),
    ).toEqual([{ kind: 'failed', status: '5.1.1', diagnostic: null, recipients }])
  })

  test('names the recipient that was written to, and the one that it was forwarded to', async () => {
    const fields =
      'Final-Recipient: rfc822; a@gmail.example\nOriginal-Recipient: rfc822; ana@example.com\nAction: failed'
    expect(await withStatus(fields)).toMatchObject([{ recipients: ['a@gmail.example', 'ana@example.com'] }])
  })

  test('is read with its fields folded, in any case, in any order, and with fields that nobody knows', async () => {
    expect(
      await withStatus(
        'X-Some: thing\nnot a field\n\nSTATUS:\t5.1.1\nX-Other: a\n b\naction:\n  failed\nFINAL-RECIPIENT: rfc822;\n\tana@example.com\n' +
          'Diagnostic-Code: smtp; 550 5.1.1 no\n such\n\tuser',
      ),
    ).toEqual([
      { kind: 'failed', status: '5.1.1', diagnostic: '550 5.1.1 no such user', recipients: ['ana@example.com'] },
    ])
  })

  test('is read where its parts are encoded for the way', async () => {
    const status = 'Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; ana@example.com\nAction: failed\nStatus: 5.1.1\n'
    const mail = bounceMail({ deliveryStatus: Buffer.from(status).toString('base64'), to: TO }).replace(
      'message/delivery-status',
      'message/delivery-status\nContent-Transfer-Encoding: base64',
    )
    expect(await reportsOf(mail)).toMatchObject([{ kind: 'failed', recipients: ['ana@example.com'] }])
  })

  test('is read in the form for addresses in other alphabets', async () => {
    const mail = bounceMail({ returned: `Message-ID: ${MESSAGE_ID}` })
      .replace('message/delivery-status', 'message/global-delivery-status')
      .replace('text/rfc822-headers', 'message/global-headers')
    expect(await read(mail)).toMatchObject({ returnedMessageId: MESSAGE_ID, reports: [{ kind: 'failed' }] })
  })

  test('is known again, by its Message-ID, or by its bytes where it has none', async () => {
    const [first, again, other] = await Promise.all(
      ['<a@mx>', '<a@mx>', '<b@mx>'].map(async (messageId) => (await read(bounceMail({ messageId })))?.identity),
    )
    expect([again === first, other === first]).toEqual([true, false])
    const bare = bounceMail({ messageId: null })
    expect((await read(bare))?.identity).toBe((await read(bare))?.identity)
    expect((await read(bare))?.identity).not.toBe(
      (await read(bounceMail({ messageId: null, status: '5.2.1' })))?.identity,
    )
  })
})

describe('a complaint', () => {
  test('names its mail by the Message-ID of what was returned, or by the envelope sender', async () => {
    const returned = `Message-ID: ${MESSAGE_ID}\nSubject: Your credits`
    expect(await read(complaintMail({ returned, fields: ['Original-Rcpt-To: <ana@example.com>'] }))).toMatchObject({
      provenMailId: null,
      returnedMessageId: MESSAGE_ID,
      reports: [{ kind: 'complaint', status: null, diagnostic: 'abuse', recipients: ['ana@example.com'] }],
    })
    const hidden = complaintMail({ fields: [`Original-Mail-From: <${TO}>`, 'Original-Rcpt-To: redacted'] })
    expect(await read(hidden)).toMatchObject({ provenMailId: MAIL, reports: [{ kind: 'complaint', recipients: [] }] })
  })

  test.each([
    ['Abuse', 'complaint'],
    ['fraud', 'complaint'],
    ['not-spam', 'other'],
    ['virus', 'other'],
    ['auth-failure', 'other'],
    ['', 'other'],
  ])('of the type %j is %s', async (type, kind) => {
    expect(await reportsOf(complaintMail({ type }))).toMatchObject([{ kind }])
  })
})

describe('what is no report', () => {
  const deep = (levels: number) =>
    Array.from(
      { length: levels },
      (_, level) => `Content-Type: multipart/mixed; boundary="b${level}"\n\n--b${level}\n`,
    ).join('')

  test.each([
    ['an automatic answer', VACATION_MAIL],
    ['nothing', ''],
    [
      'a mail to which a bounce is attached',
      `Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: message/rfc822\n\n${bounceMail()}\n--m--\n`,
    ],
    ['a bounce within a bounce', bounceMail().replace('multipart/report', 'multipart/mixed')],
    ['a receipt', bounceMail().replace('message/delivery-status', 'message/disposition-notification')],
    ['a report without its machine part', bounceMail().replace('message/delivery-status', 'text/plain')],
    ['a report without parts', 'Content-Type: multipart/report; report-type=delivery-status\n\nnothing\n'],
    ['parts within parts without end', `Content-Type: multipart/report; boundary=r\n\n--r\n${deep(1000)}`],
    ['bytes', Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 256))],
  ])('is left alone: %s', async (_case, mail) => expect(await read(mail)).toBeNull())

  test('names nobody where a report is cut off in the middle', async () => {
    const whole = bounceMail({ to: TO })
    const kinds = new Set<string>()
    for (let end = 0; end < whole.length; end += 7) {
      for (const report of (await reportsOf(whole.slice(0, end))) ?? []) kinds.add(report.kind)
    }
    expect([...kinds].toSorted()).toEqual(['failed', 'other'])
  })
})

describe('a report that means harm', () => {
  test('has no more recipients than a mail of ours can come to have', async () => {
    const groups = Array.from(
      { length: 20_000 },
      (_, index) => `Final-Recipient: rfc822; a${index}@example.com\nAction: failed`,
    )
    expect(await withStatus(`Reporting-MTA: dns; mx\n\n${groups.join('\n\n')}`)).toHaveLength(100)
  })

  test('leaves nothing in its words that would break a line or be refused by the database', async () => {
    const [report] =
      (await withStatus(
        `Final-Recipient: rfc822; ana@example.com\nAction: failed\nDiagnostic-Code: smtp; 550 a\0b\u001b[31m\u202ec ${'x'.repeat(100_000)}`,
      )) ?? []
    expect(report?.diagnostic).toMatch(/^550 a b \[31m c x+…$/)
    expect(report?.diagnostic?.length).toBeLessThanOrEqual(500)
  })

  test.each([
    ['a million colons', `${':'.repeat(1_000_000)}`],
    ['a million folded lines', 'X: a\n'.concat(' b\n'.repeat(250_000))],
    ['a million blank lines', '\n \n'.repeat(250_000)],
    ['a recipient without end', `Final-Recipient: rfc822; ${'<a+2B'.repeat(200_000)}@example.com`],
  ])('keeps nobody from what it says before: %s', async (_case, junk) => {
    const said = 'Final-Recipient: rfc822; ana@example.com\nAction: failed'
    expect((await withStatus(`${said}\n\n${junk}`))?.[0]).toMatchObject({
      kind: 'failed',
      recipients: ['ana@example.com'],
    })
  })
})
