import ICAL from 'ical.js'
import { beforeAll, describe, expect, test } from 'vitest'
import type { CalendarEntry } from '../../src/domain/calendar.ts'
import { calendarFiles } from '../../src/mail/calendar.ts'
import type { MailContent } from '../../src/mail/content.ts'
import type { CalendarFile } from '../../src/mail/message.ts'
import { createRenderer, type Renderer } from '../../src/mail/render.ts'
import { SAMPLES } from '../../src/mail/samples.ts'
import { templatesFolder } from '../../src/paths.ts'
import { at } from '../domain/builders.ts'
import { HOSTILE_NAMES, named, warning } from './contents.ts'
import { SENDER } from './outgoing.ts'
import { oneLine } from './reading.ts'

let renderer: Renderer
beforeAll(async () => {
  renderer = await createRenderer(templatesFolder)
})

function entry(more: Partial<CalendarEntry> = {}): CalendarEntry {
  return {
    grantId: 'cg_1',
    name: 'Prepaid credits',
    kind: 'purchased',
    firstMailId: '01997f9e-0000-7000-8000-000000000001',
    sequence: 0,
    expiresAt: at('2026-06-01T12:00:00Z'),
    isCancelled: false,
    ...more,
  }
}

const filesOf = (content: MailContent, organizer = SENDER) =>
  calendarFiles(content, renderer.wordsFor(content.locale), organizer)

function published(content: Partial<MailContent> = {}, more: Partial<CalendarEntry> = {}): CalendarFile {
  const [file] = filesOf(warning({ calendar: [entry(more)], ...content }))
  if (file === undefined) throw new Error('there is no calendar file')
  return file
}

function eventsOf({ content }: CalendarFile) {
  return new ICAL.Component(ICAL.parse(content)).getAllSubcomponents('vevent')
}

function propertyOf(file: CalendarFile, name: string): string {
  return String(eventsOf(file)[0]?.getFirstPropertyValue(name))
}

/** What RFC 5545, 3.1 asks of every file. */
function expectToBeFit({ content }: CalendarFile) {
  expect(content).toMatch(/^BEGIN:VCALENDAR\r\n/)
  expect(content).toMatch(/\r\nEND:VCALENDAR\r\n$/)
  expect(content).not.toMatch(/\r(?!\n)|(?<!\r)\n/)
  const lines = content.split('\r\n')
  expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(75)
  expect(lines.slice(0, -1)).not.toContain('')
  expect(content.isWellFormed()).toBe(true)
}

describe('A published entry', () => {
  test.each([
    ['USD', '$18.00 in credits will expire'],
    ['credits', '18 credits will expire'],
  ])('says in its title what will expire, of %s', (unit, title) => {
    const lines = SAMPLES.warning.lines.slice(0, 1).map((line) => ({ ...line, grantId: 'cg_1', unit }))
    expect(oneLine(propertyOf(published({ lines }), 'summary'))).toBe(title)
  })

  test('ends with the credits, in UTC, takes nobody’s time, and reminds a day before', () => {
    const file = published()
    expectToBeFit(file)
    expect(file).toMatchObject({ method: 'PUBLISH', filename: 'credits.ics' })
    const lines = file.content.split('\r\n')
    expect(lines).toEqual(
      expect.arrayContaining([
        'METHOD:PUBLISH',
        'DTSTAMP:20260525T090000Z',
        'DTSTART:20260601T113000Z',
        'DTEND:20260601T120000Z',
        'TRANSP:TRANSPARENT',
        'STATUS:CONFIRMED',
        'SEQUENCE:0',
        'TRIGGER:-P1D',
        'ACTION:DISPLAY',
      ]),
    )
  })

  test('comes from the sender and invites nobody', () => {
    const file = published()
    expect(file.content).toContain('\r\nORGANIZER;CN="Example Billing":mailto:billing@example.com\r\n')
    expect(file.content).not.toContain('ATTENDEE')
    expect(file.content).not.toContain('RSVP')
  })

  test('is on the last usable day where the credits expire at midnight', () => {
    const file = published({}, { expiresAt: at('2026-06-05T22:00:00Z') })
    expect(file.content).toContain('DTSTART:20260605T213000Z')
  })

  test('says in the reader’s language what the mail says: amount, date with its zone, and the link', () => {
    for (const locale of ['en', 'de', 'ar', 'th', 'ja']) {
      const content = warning({ locale, calendar: [entry()] })
      const [file] = filesOf(content)
      if (file === undefined) throw new Error('there is no calendar file')
      expectToBeFit(file)
      const { text } = renderer.render(content)
      const oneLine = (words: string) => words.replace(/[\s\u200b]+/g, ' ')
      const [, , name = '', until = ''] = propertyOf(file, 'description').split('\n')
      expect(oneLine(text), locale).toContain(oneLine(until))
      expect(oneLine(text), locale).toContain(name)
      expect(text, locale).toContain(propertyOf(file, 'url'))
      const amount = /[\p{Nd}][\p{Nd}.,٫٬]*/u.exec(propertyOf(file, 'summary'))?.[0] ?? 'no amount'
      expect(text, locale).toContain(amount)
    }
  })

  test('has no link where the mail has none', () => {
    expect(published({ billingUrl: null }).content).not.toContain('URL')
  })

  test('leads where the mail does, whatever stands in the address', () => {
    const billingUrl = 'https://example.com/billing?a=1,2;b=%22&c=\\'
    const file = published({ billingUrl })
    expect(propertyOf(file, 'url')).toBe('https://example.com/billing?a=1%2C2%3Bb=%22&c=%5C')
    expect(file.content.replaceAll('\r\n ', '')).toContain(
      'URL;VALUE=URI:https://example.com/billing?a=1%2C2%3Bb=%22&c=%5C\r\n',
    )
  })

  test.each(Object.entries(HOSTILE_NAMES))('of %s is one entry, and fit', (_what, name) => {
    const content = named(name, warning({ calendar: [entry()] }))
    const [file] = filesOf(content, { name, address: SENDER.address })
    if (file === undefined) throw new Error('there is no calendar file')
    expectToBeFit(file)
    const events = eventsOf(file)
    expect(events).toHaveLength(1)
    expect(events[0]?.getFirstPropertyValue('organizer')).toBe('mailto:billing@example.com')
    expect(
      events[0]
        ?.getAllProperties()
        .map((property) => property.name)
        .toSorted(),
    ).toEqual(
      eventsOf(published())[0]
        ?.getAllProperties()
        .map((property) => property.name)
        .toSorted(),
    )
    expect(events[0]?.getAllProperties('attendee')).toEqual([])
  })
})

describe('An entry’s UID', () => {
  const uid = (more: Partial<CalendarEntry> = {}) => propertyOf(published({}, more), 'uid')

  test('is a UUID that is the same whatever else changes, and another for another grant or another reader', () => {
    expect(uid()).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
    expect(uid({ sequence: 4, expiresAt: at('2027-01-01T00:00:00Z') })).toBe(uid())
    expect(new Set([uid(), uid({ firstMailId: 'another' })]).size).toBe(2)
    const two = warning({
      lines: SAMPLES.warning.lines,
      calendar: SAMPLES.warning.lines.map(({ grantId }) => entry({ grantId })),
    })
    const uids = filesOf(two)
      .flatMap(eventsOf)
      .map((event) => event.getFirstPropertyValue('uid'))
    expect(new Set(uids).size).toBe(2)
  })

  test('is the same from another sender', () => {
    const [file] = filesOf(warning({ calendar: [entry()] }), { name: null, address: 'mail@other.example' })
    expect(file && propertyOf(file, 'uid')).toBe(uid())
    expect(file?.content).toContain('ORGANIZER;CN="mail@other.example":mailto:mail@other.example')
  })
})

describe('A cancelled entry', () => {
  test('is known by its UID and a higher sequence, in a file of its own, and rings no more', () => {
    const calendar = [entry(), entry({ grantId: 'cg_2', sequence: 3, isCancelled: true })]
    const files = filesOf(warning({ calendar }))
    expect(files.map(({ method, filename }) => [method, filename])).toEqual([
      ['PUBLISH', 'credits.ics'],
      ['CANCEL', 'credits-cancelled.ics'],
    ])
    const [, cancelled] = files
    if (cancelled === undefined) throw new Error('nothing is cancelled')
    expectToBeFit(cancelled)
    const lines = cancelled.content.split('\r\n')
    expect(lines).toEqual(
      expect.arrayContaining(['METHOD:CANCEL', 'STATUS:CANCELLED', 'SEQUENCE:3', 'SUMMARY:Prepaid credits']),
    )
    expect(cancelled.content).toContain('ORGANIZER')
    expect(cancelled.content).not.toContain('VALARM')
  })

  test('of credits that are not in the data any more has a name all the same', () => {
    const calendar = [entry({ grantId: 'gone', name: null, kind: '', isCancelled: true })]
    const [file] = filesOf(warning({ calendar, locale: 'de' }))
    expect(file && propertyOf(file, 'summary')).toBe('Guthaben')
  })
})

test('A mail without entries brings no file', () => {
  expect(filesOf(warning())).toEqual([])
  expect(filesOf(warning({ calendar: [] }))).toEqual([])
})
