import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { signerFor } from '../../src/mail/dkim.ts'
import { messageSource } from '../../src/mail/source.ts'
import { createSmtpTransport } from '../../src/mail/transport.ts'
import { signingKey, verifySignature } from '../support/signing.ts'
import { startSmtpSink } from '../support/smtp-sink.ts'
import { HOSTILE_NAMES } from './contents.ts'
import { type Given, messageOf, SENDER } from './outgoing.ts'

const { key, records } = signingKey({ domain: 'example.com' })
const sign = signerFor(key)

const signed = (given?: Given) => sign(messageSource(messageOf(given)))
const resultOf = async (raw: Buffer) => (await verifySignature(raw, records)).result

/** What must be signed (RFC 6376, 5.4; RFC 8058, 4). */
const COVERED = [
  ...['from', 'to', 'subject', 'date', 'message-id', 'mime-version', 'content-type', 'list-unsubscribe'],
  ...['list-unsubscribe-post', 'auto-submitted', 'feedback-id'],
]
/** What nobody may add another of. */
const GUARDED = [...COVERED.slice(0, -2), 'reply-to']

test('A signed mail passes, and every header that counts is signed', async () => {
  const raw = await signed()
  const { result, domain, covers } = await verifySignature(raw, records)
  expect([result, domain]).toEqual(['pass', 'example.com'])
  expect(covers).toEqual(expect.arrayContaining([...COVERED, ...GUARDED]))
  expect(covers.filter((name) => name === 'from')).toHaveLength(2)
  expect(
    raw
      .toString()
      .split('\r\n')
      .filter((line) => line.startsWith('b=') || (line.length > 78 && line.startsWith('DKIM'))),
  ).toEqual([])
})

test('The signature stands above the message and changes nothing of it', async () => {
  const source = messageSource(messageOf())
  const raw = await sign(source)
  expect(raw.subarray(raw.length - source.length).equals(source)).toBe(true)
  expect(raw.toString()).toMatch(/^DKIM-Signature: v=1; a=rsa-sha256; c=relaxed\/relaxed; d=example\.com; s=s1;\r\n /)
})

test('What relays do to white space breaks nothing', async () => {
  const text = (await signed({ text: 'Hello,  Ana\t!\n\nbye.\n' })).toString('latin1')
  const [head = '', ...parts] = text.split('\r\n\r\n')
  const body = parts.join('\r\n\r\n')
  const refolded = head.replace(/^Subject: (\S+) /m, 'SUBJECT :  $1\r\n\t').replace(/\r\n( boundary)/, ' $1')
  const blanks = body.replace('Hello,  Ana\t!', 'Hello, Ana   !  ')
  expect(refolded).not.toBe(head)
  expect(blanks).not.toBe(body)
  for (const changed of [
    `${refolded}\r\n\r\n${body}`,
    `${head}\r\n\r\n${blanks}`,
    `${text}\r\n\r\n`,
    `Received: x\r\n${text}`,
  ])
    expect(await resultOf(Buffer.from(changed, 'latin1'))).toBe('pass')
})

test('A changed body fails, and so does a changed header', async () => {
  // `neutral` is the library's word for a hash of the body that does not fit (RFC 8601, 2.7.1 leaves the choice).
  const text = (await signed()).toString('latin1')
  for (const [from, to] of [
    ['bye.', 'buy!'],
    ['Subject: $18', 'Subject: $81'],
    ['To: Ana', 'To: Bob'],
    ['/unsubscribe/', '/unsubscribed/'],
    ['List-Unsubscribe=One-Click', 'List-Unsubscribe=Two-Clicks'],
    ['warning:en', 'warning:de'],
  ] as const) {
    expect(text).toContain(from)
    expect(await resultOf(Buffer.from(text.replace(from, to), 'latin1')), from).toBe(
      from === 'bye.' ? 'neutral' : 'fail',
    )
  }
})

test.each(GUARDED)('A second header of %s, above or below the first, breaks the signature', async (name) => {
  const text = (await signed()).toString('latin1')
  const added = `${name}: eve@example.net\r\n`
  expect(await resultOf(Buffer.from(`${added}${text}`, 'latin1'))).toBe('fail')
  expect(await resultOf(Buffer.from(text.replace('\r\n\r\n', `\r\n${added}\r\n`), 'latin1'))).toBe('fail')
})

describe('whatever it says', () => {
  test.each(Object.entries(HOSTILE_NAMES))('a mail with %s in it passes', async (_what, name) => {
    const raw = await signed({
      to: { name, address: 'аня@пример.example' },
      replyTo: { ...SENDER, name },
      subject: name,
      text: name,
    })
    expect(await resultOf(raw)).toBe('pass')
  })

  test('a mail of any characters passes', async () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.constantFrom(' ', '\t', '  \n', '\n', '\n\n', ' \t \n', 'ü', '.', '=', 'x '.repeat(600)),
    )
    const content = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(''))
    await fc.assert(
      fc.asyncProperty(content, content, async (text, html) => {
        expect(await resultOf(await signed({ text, html }))).toBe('pass')
      }),
      { numRuns: 60 },
    )
  })
})

/** Lines that SMTP has a use of its own for (RFC 5321, 4.5.2), the longest that may be, and every kind of part. */
const AWKWARD = {
  to: { name: 'Łukasz 😀 von und zu '.repeat(4).trim(), address: 'ana@example.com' },
  subject: 'Für Łukasz: 😀 '.repeat(20).trim(),
  text: `.\n..\n.QUIT\n\n${'.'.repeat(998)}\n \t \n.`,
  html: `<p>.</p>\n.\n${'x '.repeat(499)}\n\n\n`,
  inlineImages: [{ cid: 'logo', contentType: 'image/png', filename: 'logo.png', content: Buffer.alloc(5000, '\r\n.') }],
  calendars: (['PUBLISH', 'CANCEL'] as const).map((method) => ({
    method,
    filename: `${method}.ics`,
    content: `BEGIN:VCALENDAR\r\nSUMMARY:Für ${method}\r\nEND:VCALENDAR\r\n`,
  })),
} satisfies Given

test('A mail is signed as it leaves, and one that cannot be signed does not leave', async () => {
  await using sink = await startSmtpSink()
  const transport = createSmtpTransport({ url: sink.url, maxConnections: 1 }, sign)
  const broken = createSmtpTransport({ url: sink.url, maxConnections: 1 }, () => Promise.reject(new Error('no key')))
  try {
    for (const given of [{}, AWKWARD, { ...AWKWARD, text: `${AWKWARD.text} für` }])
      expect(await transport.send(messageOf(given))).toMatchObject({ kind: 'accepted' })
    await expect(broken.send(messageOf())).rejects.toThrow('no key')
  } finally {
    transport.close()
    broken.close()
  }
  expect(await Promise.all(sink.mails.map(({ raw }) => resultOf(raw)))).toEqual(['pass', 'pass', 'pass'])
  expect(sink.mails.at(1)?.raw.toString()).toMatch(/\r\n\.\r\n\.\.\r\n\.QUIT\r\n/)
})
