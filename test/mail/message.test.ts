import fc from 'fast-check'
import PostalMime from 'postal-mime'
import { beforeAll, describe, expect, test } from 'vitest'
import { messageIdFor } from '../../src/mail/message.ts'
import { createRenderer, type Rendered } from '../../src/mail/render.ts'
import { messageSource } from '../../src/mail/source.ts'
import { unsubscribeMailto as mailtoOf } from '../../src/mail/unsubscribe-links.ts'
import { templatesFolder } from '../../src/paths.ts'
import { HOSTILE_NAMES, named, warning } from './contents.ts'
import { ANA, type Given, messageOf, RENDERED, SENDER, UNSUBSCRIBE_URL } from './outgoing.ts'

const sourceOf = (given?: Given) => messageSource(messageOf(given))

const parsedOf = (given?: Given) => PostalMime.parse(sourceOf(given))

const headOf = (raw: Buffer) => raw.toString().split('\r\n\r\n', 1)[0] ?? ''

/** The headers, unfolded, in order. */
function headersOf(raw: Buffer): readonly (readonly [name: string, value: string])[] {
  const unfolded = headOf(raw).replace(/\r\n(?=[ \t])/g, '')
  return unfolded.split('\r\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)])
}

const namesOf = (raw: Buffer) => headersOf(raw).map(([name]) => name)

const headerOf = (raw: Buffer, name: string) => headersOf(raw).find(([each]) => each === name)?.[1]

type Part = Readonly<{ type: string; encoding: string; lines: readonly string[]; text: string }>

/** The parts, taken apart and decoded by RFC 2046 and RFC 2045 alone. */
function partsOf(raw: Buffer): readonly Part[] {
  const source = raw.toString('latin1')
  const boundary = /boundary="([^"]+)"/.exec(source)?.[1] ?? ''
  const sections = source.split(`\r\n--${boundary}`).slice(1)
  expect(sections.pop()).toBe('--\r\n')
  return sections.map((section) => {
    const end = section.indexOf('\r\n\r\n')
    const [head, content] = [section.slice(0, end), section.slice(end + 4)]
    const encoding = /Content-Transfer-Encoding: (.+)/.exec(head)?.[1] ?? ''
    return {
      type: /Content-Type: (.+)/.exec(head)?.[1] ?? '',
      encoding,
      lines: content.split('\r\n'),
      text: (encoding === 'quoted-printable' ? decoded(content) : content).replaceAll('\r\n', '\n'),
    }
  })
}

function decoded(quotedPrintable: string): string {
  const octets = quotedPrintable
    .replace(/=\r\n/g, '')
    .replace(/=([\dA-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(octets, 'latin1').toString()
}

const textOf = (text: string) => partsOf(sourceOf({ text }))[0]

/** What every server may be given, whatever it offers. */
function expectToBeFit(raw: Buffer) {
  const source = raw.toString('latin1')
  expect(raw.every((octet) => octet > 0 && octet < 128)).toBe(true)
  expect(source).toMatch(/\r\n$/)
  expect(source).not.toMatch(/\r(?!\n)|(?<!\r)\n/)
  expect(Math.max(...source.split('\r\n').map(({ length }) => length))).toBeLessThanOrEqual(998)
  const tooLong = (line: string) => line.length > 78 && /\S\s+\S/.test(line)
  expect(
    headOf(raw)
      .split('\r\n')
      .filter((line) => tooLong(line) || line.trim() === ''),
  ).toEqual([])
  for (const { encoding, lines } of partsOf(raw)) {
    if (encoding !== 'quoted-printable') continue
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(76)
    expect(lines.filter((line) => /[ \t]$/.test(line))).toEqual([])
  }
}

const HEADERS = [
  'Auto-Submitted',
  'Content-Type',
  'Date',
  'Feedback-ID',
  'From',
  'List-Unsubscribe',
  'List-Unsubscribe-Post',
  'MIME-Version',
  'Message-ID',
  'Subject',
  'To',
]

describe('the headers', () => {
  test('are there once each, and no others', () => {
    expect(namesOf(sourceOf()).toSorted()).toEqual(HEADERS)
    expect(namesOf(sourceOf({ replyTo: SENDER })).toSorted()).toEqual([...HEADERS, 'Reply-To'].toSorted())
  })

  test('say who writes to whom, about what, when, and where answers go', async () => {
    const replyTo = { name: 'Support', address: 'support@example.com' }
    expect(await parsedOf({ replyTo })).toMatchObject({
      from: SENDER,
      to: [ANA],
      replyTo: [replyTo],
      subject: '$18.00 will expire',
      date: '2026-05-25T09:00:00.000Z',
    })
  })

  test('tell the time of sending in the form of RFC 5322', () => {
    expect(headerOf(sourceOf(), 'Date')).toBe('Mon, 25 May 2026 09:00:00 +0000')
  })

  test('keep vacation responders silent', () => {
    expect(headerOf(sourceOf(), 'Auto-Submitted')).toBe('auto-generated')
  })

  test('let a mail program unsubscribe with one click', () => {
    const raw = sourceOf()
    expect(headerOf(raw, 'List-Unsubscribe')).toBe(`<${UNSUBSCRIBE_URL}>`)
    expect(headerOf(raw, 'List-Unsubscribe-Post')).toBe('List-Unsubscribe=One-Click')
  })

  test('offer the same by mail behind it, where such mails are read', () => {
    const unsubscribeMailto = mailtoOf('bounces@example.com', UNSUBSCRIBE_URL)
    const raw = sourceOf({ unsubscribeMailto })
    expectToBeFit(raw)
    expect(headerOf(raw, 'List-Unsubscribe')).toBe(`<${UNSUBSCRIBE_URL}>, <${unsubscribeMailto}>`)
    expect(namesOf(raw).filter((name) => name === 'List-Unsubscribe')).toHaveLength(1)
  })

  test('leave a link in one piece, however long it is', () => {
    const unsubscribeUrl = `https://example.com/${'a'.repeat(900)}`
    const raw = sourceOf({ unsubscribeUrl })
    expectToBeFit(raw)
    expect(headOf(raw)).toContain(`<${unsubscribeUrl}>`)
  })

  test('leave out the name of a sender and a recipient that have none', () => {
    const raw = sourceOf({ to: { ...ANA, name: null }, from: { ...SENDER, name: null } })
    expect([headerOf(raw, 'From'), headerOf(raw, 'To')]).toEqual(['billing@example.com', 'ana@example.com'])
  })
})

describe('the Message-ID', () => {
  test('is the same at every try of a mail, and another for another mail', () => {
    const ids = ['mail-1', 'mail-1', 'mail-2'].map((id) => headerOf(sourceOf({ id }), 'Message-ID'))
    expect(ids).toEqual(['<mail-1@example.com>', '<mail-1@example.com>', '<mail-2@example.com>'])
  })

  test.each([
    ['billing@mail.example.com', '<m@mail.example.com>'],
    ['billing@BÜCHER.example', '<m@xn--bcher-kva.example>'],
    ['"odd@local"@example.com', '<m@example.com>'],
  ])('of a mail from %s is %s, on the sender’s domain', (from, messageId) => {
    expect(messageIdFor('m', from)).toBe(messageId)
  })
})

describe('the envelope', () => {
  test('leads from the sender to one recipient', () => {
    expect(messageOf().envelope).toEqual({ from: 'billing@example.com', to: 'ana@example.com' })
  })

  test.each([
    ['ana@bücher.example', 'ana@xn--bcher-kva.example'],
    ['ana@пример.испытание', 'ana@xn--e1afmkfd.xn--80akhbyknj4f'],
    ["o'brien+billing@example.co.uk", "o'brien+billing@example.co.uk"],
  ])('to %s has its domain in ASCII, and so has the header', async (address, written) => {
    const to = { ...ANA, address }
    expect(messageOf({ to }).envelope.to).toBe(written)
    expect(headerOf(sourceOf({ to }), 'To')).toBe(`Ana <${written}>`)
  })

  test('to an address that only SMTPUTF8 can carry has the rest of it in ASCII, and the header is for its reader', () => {
    const to = { ...ANA, address: 'аня@пример.испытание' }
    expect(messageOf({ to }).envelope.to).toBe('аня@xn--e1afmkfd.xn--80akhbyknj4f')
    expect(headerOf(sourceOf({ to }), 'To')).toBe('Ana <аня@пример.испытание>')
  })
})

const HOSTILE_HEADER_NAMES = {
  ...HOSTILE_NAMES,
  'another recipient': 'Ana\r\nBcc: eve@example.com',
  'a bare line feed': 'Ana\nBcc: eve@example.com',
  'a bare carriage return': 'Ana\rBcc: eve@example.com',
  'a body': 'Ana\r\n\r\n<h1>You won</h1>',
  'a comma and an address': 'Ana, eve@example.com',
  'an address in brackets': 'Ana <eve@example.com>, Bob',
  'a bracket that ends the address': 'x> , <eve@example.com',
  'a group of addresses': 'Friends: eve@example.com, bob@example.com;',
  'a comment': 'Ana (eve@example.com)',
  'quotes and backslashes': '"Ana" \\" \\\\" <eve@example.com>',
  'a quote without end': '"Ana',
  'a backslash at its end': 'Ana\\',
  'nothing but a comma': ',',
  'a semicolon': 'Ana; eve@example.com',
} as const

describe('a display name', () => {
  test.each(Object.entries(HOSTILE_HEADER_NAMES))(
    'with %s changes neither the number of headers nor who gets the mail',
    async (_what, name) => {
      const mailboxes = { to: { ...ANA, name }, from: { ...SENDER, name }, replyTo: { ...SENDER, name } }
      const raw = sourceOf(mailboxes)
      expectToBeFit(raw)
      expect(namesOf(raw)).toEqual(namesOf(sourceOf({ replyTo: SENDER })))
      const { from, to, replyTo, cc, bcc } = await PostalMime.parse(raw)
      expect([from, ...(to ?? []), ...(replyTo ?? [])].map((each) => each?.address)).toEqual([
        ...[SENDER.address, ANA.address, SENDER.address],
      ])
      expect([cc, bcc]).toEqual([undefined, undefined])
      expect(messageOf(mailboxes).envelope).toEqual({ from: SENDER.address, to: ANA.address })
    },
  )

  test.each([
    ['Ana', 'Ana'],
    ['Acme, Inc.', 'Acme, Inc.'],
    ['Ana "Annie" \\ O’Neill <ana>', 'Ana "Annie" \\ O’Neill <ana>'],
    ['Søren Kjær', 'Søren Kjær'],
    ['Αννα Ω', 'Αννα Ω'],
    ['山田太郎', '山田太郎'],
    ['🎈 Ana', '🎈 Ana'],
    ['Ana\r\nBcc: eve@example.com', 'Ana Bcc: eve@example.com'],
    ['\t Ana\0\x1b ', 'Ana'],
    ['Ana\u202egnp.exe', 'Ana gnp.exe'],
    ['\u2028 \u200f', ''],
  ])('%j is read as %j', async (name, read) => {
    expect((await parsedOf({ to: { ...ANA, name } })).to).toEqual([{ ...ANA, name: read }])
  })

  test.each([
    ['a joiner of emoji', '👩‍👩‍👧‍👦'],
    ['a Persian name’s non-joiner', 'علی‌رضا'],
  ])('keeps %s, without which it would be another', async (_what, name) => {
    expect((await parsedOf({ to: { ...ANA, name } })).to).toEqual([{ ...ANA, name }])
  })

  test('that is very long is cut', async () => {
    const [to] = (await parsedOf({ to: { ...ANA, name: 'Ana de la Cruz '.repeat(20) } })).to ?? []
    expect(to?.name).toMatch(/^Ana de la Cruz Ana/)
    expect(to?.name?.length).toBeLessThanOrEqual(101)
  })

  test('of many spaces makes no header line of spaces alone, which some servers take for the end of all headers', () => {
    expectToBeFit(sourceOf({ to: { ...ANA, name: `a${' '.repeat(98)}b` } }))
  })

  test('that looks encoded is no way to smuggle in what was taken out of it', async () => {
    const name = '=?utf-8?Q?Ana=E2=80=AEgnp.exe?='
    expect((await parsedOf({ to: { ...ANA, name } })).to?.[0]?.name).not.toContain('\u202e')
  })
})

describe('the subject', () => {
  test.each([
    ['$18.00 in credits will expire on Jun 1, 2026'],
    ['18,00 € verfallen am 1. Juni 2026'],
    ['‏۱۸٫۰۰ دلار در ۱ ژوئن'],
    ['👩‍👩‍👧‍👦 credits: "all", <of> you; 100% = gone?'],
    ['ü'.repeat(60)],
    ['🎈'.repeat(30)],
    ['A subject of plain words that is too long to stand in one line of a header, and is folded'],
  ])('%s is read as it was written', async (subject) => {
    expectToBeFit(sourceOf({ subject }))
    expect((await parsedOf({ subject })).subject).toBe(subject)
  })

  test('that looks encoded is read as it was written', async () => {
    const subject = '10 =?utf-8?Q?g=E2=80=AEold?= will expire'
    expect((await parsedOf({ subject })).subject).toBe(subject)
  })

  test('cannot become a second header', async () => {
    const raw = sourceOf({ subject: 'Gone\r\nBcc: eve@example.com' })
    expect(namesOf(raw).toSorted()).toEqual(HEADERS)
  })
})

describe('the content', () => {
  test('is the text and the HTML of one mail, the plainer first', () => {
    const parts = partsOf(sourceOf())
    expect(parts.map(({ type }) => type)).toEqual(['text/plain; charset=utf-8', 'text/html; charset=utf-8'])
    expect(parts.map(({ text }) => text)).toEqual([RENDERED.text, RENDERED.html])
    expect(headerOf(sourceOf(), 'Content-Type')).toMatch(/^multipart\/alternative; boundary="[^"]{10,70}"$/)
  })

  test('cannot hold its own boundary', () => {
    const [one, other] = [sourceOf(), sourceOf()].map((raw) => headerOf(raw, 'Content-Type'))
    expect(one).not.toBe(other)
  })

  test.each([
    ['plain lines', 'Hello,\nbye.\n', '7bit'],
    ['a line of 998 characters', `${'x'.repeat(998)}\n`, '7bit'],
    ['a line of 999 characters', `${'x'.repeat(999)}\n`, 'quoted-printable'],
    ['other alphabets', 'Grüße, привет, こんにちは 🎈\n', 'quoted-printable'],
    ['a NUL', 'a\0b\n', 'quoted-printable'],
    ['lines that begin with a dot', '.\n..\n.dot\nü\n', 'quoted-printable'],
    ['lines of nothing but dots', '.\n\n..\n', '7bit'],
    ['spaces before a line’s end', 'a \nb\t\nü \n-- \n', 'quoted-printable'],
    ['the signature’s mark', 'Hello\n-- \nme\n', '7bit'],
    ['what looks encoded', 'a=20b=\nc=C3=BC ü\n', 'quoted-printable'],
    ['what looks like a boundary', '----_\n\n--\nContent-Type: text/html\n\n<p>\n', '7bit'],
    ['empty lines at its ends', '\n\nHello\n\n\n', '7bit'],
    ['no line end at its end', 'Hello', '7bit'],
    ['nothing', '', '7bit'],
    ['a long line of one character after another', `${'🎈'.repeat(300)}\n`, 'quoted-printable'],
    ['long lines of words', `${'Grüße und = Küsse. '.repeat(80)}.\n`, 'quoted-printable'],
  ])('with %s arrives as it was written', (_what, text, encoding) => {
    expectToBeFit(sourceOf({ text, html: text }))
    expect(textOf(text)).toMatchObject({ encoding, text })
  })

  test.each([
    ['CRLF', 'a\r\nb\r\n'],
    ['a bare CR', 'a\rb\r'],
    ['all sorts', 'a\r\n\rb\n'],
  ])('with line ends by %s has them by CRLF alone', (_what, text) => {
    expectToBeFit(sourceOf({ text }))
    expectToBeFit(sourceOf({ text: `${text}ü` }))
    expect(textOf(text)?.text).toBe(text.replace(/\r\n?/g, '\n'))
  })
})

describe('a rendered mail', () => {
  let mails: readonly Rendered[]
  beforeAll(async () => {
    const { render } = await createRenderer(templatesFolder)
    mails = [warning(), ...Object.values(HOSTILE_NAMES).map((name) => named(name))].map(render)
  })

  test('arrives as it was rendered, whatever stands in it', async () => {
    for (const rendered of mails) {
      const raw = sourceOf(rendered)
      expectToBeFit(raw)
      expect(partsOf(raw).map(({ text }) => text)).toEqual([rendered.text, rendered.html])
      expect(await PostalMime.parse(raw)).toMatchObject({ subject: rendered.subject, to: [ANA] })
    }
  })
})

/** A name by what can be seen of it. */
const visible = (text = '') => text.replace(/[\p{Cc}\p{Cf}\p{Z}]+/gu, ' ').trim()

const unicode = (maxLength: number) => fc.string({ unit: 'binary', maxLength })

test('Names and subjects of any characters are read as they were written', async () => {
  const subjects = unicode(60).map(visible)
  await fc.assert(
    fc.asyncProperty(unicode(40), unicode(40), subjects, async (name, sender, subject) => {
      const raw = sourceOf({ to: { ...ANA, name }, from: { ...SENDER, name: sender }, subject })
      expectToBeFit(raw)
      expect(namesOf(raw).toSorted()).toEqual(HEADERS)
      const { from, to, ...parsed } = await PostalMime.parse(raw)
      expect([...(to ?? []), from].map((each) => each?.address)).toEqual([ANA.address, SENDER.address])
      expect([...(to ?? []), from].map((each) => visible(each?.name))).toEqual([visible(name), visible(sender)])
      expect(parsed.subject ?? '').toBe(subject)
    }),
  )
})

test('Texts of any characters arrive as they were written', () => {
  const piece = fc.oneof(
    unicode(90).map((text) => text.replaceAll('\r', '')),
    fc.constantFrom('.', ' ', '\t', '=', '=3D', '\n', '\n.', ' \n', '--', 'From ', 'ü', '🎈', 'x'.repeat(999)),
  )
  const content = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(content, content, (text, html) => {
      const raw = sourceOf({ text, html })
      expectToBeFit(raw)
      expect(partsOf(raw).map((part) => part.text)).toEqual([text, html])
    }),
  )
})
