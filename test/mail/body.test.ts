import PostalMime from 'postal-mime'
import { describe, expect, test } from 'vitest'
import { signerFor } from '../../src/mail/dkim.ts'
import type { InlineImage } from '../../src/mail/inline-image.ts'
import type { CalendarFile } from '../../src/mail/message.ts'
import { messageSource } from '../../src/mail/source.ts'
import { calendarFilesOf } from '../support/calendar-files.ts'
import { signingKey, verifySignature } from '../support/signing.ts'
import { type Given, messageOf, RENDERED } from './outgoing.ts'

const LOGO: InlineImage = {
  cid: 'logo@example.com',
  contentType: 'image/png',
  filename: 'logo.png',
  content: Uint8Array.from({ length: 3000 }, (_, index) => index % 256),
}

const CALENDAR: CalendarFile = {
  method: 'PUBLISH',
  filename: 'credits.ics',
  content: 'BEGIN:VCALENDAR\r\nSUMMARY:18,00 € verfallen\r\nEND:VCALENDAR\r\n',
}

const sourceOf = (given: Given) => messageSource(messageOf(given)).toString()

/** The types of all parts, each level in brackets: `mixed(alternative(text/plain text/html))`. */
function structureOf(source: string): string {
  const [head = '', ...rest] = source.split('\r\n\r\n')
  const type = /^Content-Type: ([\w/]+)/m.exec(head)?.[1] ?? ''
  const boundary = /boundary="([^"]+)"/.exec(head)?.[1]
  if (boundary === undefined) return type
  const sections = `\r\n${rest.join('\r\n\r\n')}`.split(`\r\n--${boundary}`).slice(1)
  expect(sections.pop()).toMatch(/^--\r\n/)
  const parts = sections.map((section) => structureOf(section.replace('\r\n', '')))
  return `${type.replace('multipart/', '')}(${parts.join(' ')})`
}

const ALTERNATIVE = 'alternative(text/plain text/html)'
const WITH_LOGO = 'alternative(text/plain related(text/html image/png))'

describe('a message has no more levels than it has parts for', () => {
  test.each<[string, Given, string]>([
    ['text and page', {}, ALTERNATIVE],
    ['a logo', { inlineImages: [LOGO] }, WITH_LOGO],
    ['a calendar file', { calendars: [CALENDAR] }, `mixed(${ALTERNATIVE} text/calendar)`],
    ['all of them', { inlineImages: [LOGO], calendars: [CALENDAR] }, `mixed(${WITH_LOGO} text/calendar)`],
    [
      'two calendar files',
      { calendars: [CALENDAR, { ...CALENDAR, method: 'CANCEL' }] },
      `mixed(${ALTERNATIVE} text/calendar text/calendar)`,
    ],
  ])('with %s', (_what, given, structure) => {
    expect(structureOf(sourceOf(given))).toBe(structure)
  })
})

test('Text and page alone are a message as they always were, to the byte', () => {
  const source = sourceOf({})
  const boundary = /boundary="([^"]+)"/.exec(source)?.[1]
  expect(source.slice(source.indexOf('MIME-Version'))).toBe(
    [
      'MIME-Version: 1.0',
      'Content-Type: multipart/alternative;',
      ` boundary="${boundary}"`,
      '',
      `--${boundary}`,
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: 7bit',
      '',
      RENDERED.text.replaceAll('\n', '\r\n'),
      `--${boundary}`,
      'Content-Type: text/html; charset=utf-8',
      'Content-Transfer-Encoding: 7bit',
      '',
      RENDERED.html.replaceAll('\n', '\r\n'),
      `--${boundary}--`,
      '',
    ].join('\r\n'),
  )
})

test('All parts arrive as they were: text, page, the picture by its Content-ID, and the calendar file with its method', async () => {
  const source = sourceOf({ inlineImages: [LOGO], calendars: [CALENDAR] })
  const { text, html, attachments } = await PostalMime.parse(source)
  // The library adds to a text what it finds of a calendar, and line ends of its own.
  expect([text?.startsWith(RENDERED.text.trimEnd()), html?.trimEnd()]).toEqual([true, RENDERED.html.trimEnd()])
  const [picture, calendar] = attachments
  expect(picture).toMatchObject({
    contentId: '<logo@example.com>',
    mimeType: 'image/png',
    disposition: 'inline',
    related: true,
  })
  expect(Buffer.from(picture?.content as ArrayBuffer).equals(Buffer.from(LOGO.content))).toBe(true)
  expect(calendar).toMatchObject({
    filename: 'credits.ics',
    mimeType: 'text/calendar',
    method: 'PUBLISH',
    disposition: 'attachment',
  })
  expect(calendarFilesOf(Buffer.from(source))).toEqual([CALENDAR])
})

test('Signed, it passes with all its parts, and fails with another date in the calendar file', async () => {
  const { key, records } = signingKey({ domain: 'example.com' })
  const signed = await signerFor(key)(messageSource(messageOf({ inlineImages: [LOGO], calendars: [CALENDAR] })))
  expect(await verifySignature(signed, records)).toMatchObject({ result: 'pass', domain: 'example.com' })
  const forged = Buffer.from(signed.toString('latin1').replace('SUMMARY:18', 'SUMMARY:81'), 'latin1')
  expect(forged.equals(signed)).toBe(false)
  expect((await verifySignature(forged, records)).result).not.toBe('pass')
})

test('Every line of it is fit for every server', () => {
  const source = sourceOf({ inlineImages: [LOGO], calendars: [CALENDAR] })
  expect(Buffer.from(source).every((octet) => octet > 0 && octet < 128)).toBe(true)
  expect(source).toMatch(/\r\n$/)
  expect(source).not.toMatch(/\r(?!\n)|(?<!\r)\n/)
  const body = source.slice(source.indexOf('Content-Type: multipart'))
  expect(Math.max(...body.split('\r\n').map(({ length }) => length))).toBeLessThanOrEqual(78)
})
