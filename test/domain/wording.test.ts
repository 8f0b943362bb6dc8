import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeExpiry, formatAmount, formatDay, untilInWords } from '../../src/domain/wording.ts'
import { at } from './builders.ts'

const inBritain = (expiresAt: string, now: string, timeZone: string) => {
  const wording = describeExpiry({
    expiresAt: at(expiresAt),
    now: at(now),
    timeZone,
    locale: 'en-GB',
  })
  return [wording.daysLeft, wording.shortDate, untilInWords(wording)]
}

describe('an expiry in words', () => {
  it.each([
    // Within a day: the hour is told, and the day is the last one.
    [
      '2026-06-01T15:00:00Z',
      '2026-05-25T09:00:00Z',
      'Europe/Berlin',
      7,
      '1 Jun 2026',
      'until 17:00 CEST on Monday, 1 June 2026',
    ],
    // At midnight: the day that ends then.
    [
      '2026-05-31T22:00:00Z',
      '2026-05-25T09:00:00Z',
      'Europe/Berlin',
      6,
      '31 May 2026',
      'until the end of Sunday, 31 May 2026 (CEST)',
    ],
    [
      '2026-06-01T00:00:00Z',
      '2026-05-31T23:59:59Z',
      'UTC',
      0,
      '31 May 2026',
      'until the end of Sunday, 31 May 2026 (UTC)',
    ],
    // One millisecond either side of midnight.
    [
      '2026-05-31T23:59:59.999Z',
      '2026-05-31T09:00:00Z',
      'UTC',
      0,
      '31 May 2026',
      'until 23:59 UTC on Sunday, 31 May 2026',
    ],
    [
      '2026-06-01T00:00:00.001Z',
      '2026-05-31T09:00:00Z',
      'UTC',
      1,
      '1 Jun 2026',
      'until 00:00 UTC on Monday, 1 June 2026',
    ],
    // The same instant is another day elsewhere.
    [
      '2026-06-01T10:30:00Z',
      '2026-05-31T09:00:00Z',
      'Pacific/Kiritimati',
      2,
      '2 Jun 2026',
      'until 00:30 GMT+14 on Tuesday, 2 June 2026',
    ],
    [
      '2026-06-01T10:30:00Z',
      '2026-05-31T09:00:00Z',
      'Pacific/Pago_Pago',
      1,
      '31 May 2026',
      'until 23:30 GMT-11 on Sunday, 31 May 2026',
    ],
    // Over both clock changes of a zone, and over a leap day.
    [
      '2026-03-29T22:00:00Z',
      '2026-03-27T23:30:00Z',
      'Europe/Berlin',
      1,
      '29 Mar 2026',
      'until the end of Sunday, 29 March 2026 (CEST)',
    ],
    [
      '2026-10-25T23:00:00Z',
      '2026-10-24T21:30:00Z',
      'Europe/Berlin',
      1,
      '25 Oct 2026',
      'until the end of Sunday, 25 October 2026 (CET)',
    ],
    [
      '2028-03-01T00:00:00Z',
      '2028-02-28T12:00:00Z',
      'UTC',
      1,
      '29 Feb 2028',
      'until the end of Tuesday, 29 February 2028 (UTC)',
    ],
    // Where the clocks skip midnight, the day begins at one.
    [
      '2026-04-24T22:00:00Z',
      '2026-04-20T09:00:00Z',
      'Africa/Cairo',
      5,
      '25 Apr 2026',
      'until 01:00 EEST on Saturday, 25 April 2026',
    ],
    [
      '2026-04-23T22:00:00Z',
      '2026-04-20T09:00:00Z',
      'Africa/Cairo',
      3,
      '23 Apr 2026',
      'until the end of Thursday, 23 April 2026 (EEST)',
    ],
    // Past.
    [
      '2026-05-24T12:00:00Z',
      '2026-05-25T09:00:00Z',
      'UTC',
      -1,
      '24 May 2026',
      'until 12:00 UTC on Sunday, 24 May 2026',
    ],
  ])('%s, told on %s in %s: %d days, %s, %s', (expiresAt, now, timeZone, ...told) => {
    expect(inBritain(expiresAt, now, timeZone)).toEqual(told)
  })

  it.each([
    'Europe/Berlin',
    'Europe/Dublin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Antarctica/Troll',
    'Africa/Casablanca',
    'Asia/Kolkata',
    'Pacific/Apia',
  ])('names day, hour and zone of every instant in %s as the runtime does', (timeZone) => {
    const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en-GB', { timeZone, ...options })
    const day = format({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
    const hour = format({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short' })
    // Every quarter of an hour of a year, a second later: what is remembered of one must not be said of another.
    for (let at = Date.UTC(2026, 0, 1, 0, 0, 1); at < Date.UTC(2027, 0, 1); at += 900_000) {
      const expiresAt = new Date(at)
      const until = untilInWords(describeExpiry({ expiresAt, now: expiresAt, timeZone, locale: 'en-GB' }))
      if (until !== `until ${hour.format(expiresAt)} on ${day.format(expiresAt)}`) {
        expect(until, expiresAt.toISOString()).toBe(`until ${hour.format(expiresAt)} on ${day.format(expiresAt)}`)
      }
    }
  })

  it('says of a day before Christ that it is one', () => {
    expect(formatDay(at('-004712-01-01T00:00:00Z'), { timeZone: 'UTC', locale: 'en' })).toBe('Jan 1, 4713 BC')
    expect(formatDay(at('0008-01-01T00:00:00Z'), { timeZone: 'UTC', locale: 'en' })).toBe('Jan 1, 8')
  })

  it('follows the writing of the reader’s region, and always the Gregorian calendar', () => {
    const told = (locale: string) =>
      describeExpiry({
        expiresAt: at('2026-06-01T00:00:00Z'),
        now: at('2026-05-25T09:00:00Z'),
        timeZone: 'UTC',
        locale,
      }).date
    expect(told('en')).toBe('Sunday, May 31, 2026')
    expect(told('en-GB')).toBe('Sunday, 31 May 2026')
    expect(told('fa')).toContain('۲۰۲۶')
    expect(told('th')).toContain('2026')
  })

  it('counts the first day of a month in French by an ordinal', () => {
    const expiresAt = at('2026-06-02T00:00:00Z')
    const told = (locale: string) => {
      const { date, shortDate } = describeExpiry({ expiresAt, now: expiresAt, timeZone: 'UTC', locale })
      return [date, shortDate]
    }
    expect(told('fr')).toEqual(['lundi 1er juin 2026', '1er juin 2026'])
    expect(told('fr-CA')).toEqual(['lundi 1er juin 2026', '1er juin 2026'])
    expect(told('de')).toEqual(['Montag, 1. Juni 2026', '1. Juni 2026'])
    expect(formatDay(at('2026-06-11T12:00:00Z'), { timeZone: 'UTC', locale: 'fr' })).toBe('11 juin 2026')
  })

  it('names a last day on which the credits can still be used, and counts the days to it', () => {
    const zone = fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Asia/Kolkata',
      'Africa/Cairo',
      'Pacific/Apia',
    )
    const instant = fc.date({ min: at('2000-01-01T00:00:00Z'), max: at('2060-01-01T00:00:00Z'), noInvalidDate: true })
    fc.assert(
      fc.property(instant, fc.nat(400 * 86_400_000), zone, (now, ahead, timeZone) => {
        const expiresAt = new Date(now.getTime() + ahead + 1)
        const { daysLeft, shortDate } = describeExpiry({ expiresAt, now, timeZone, locale: 'en' })
        expect(shortDate).toBe(formatDay(new Date(expiresAt.getTime() - 1), { timeZone, locale: 'en' }))
        // A day of the calendar has 23 to 25 hours, and one more or less where a zone changed sides of the date line.
        expect(daysLeft).toBeGreaterThanOrEqual(0)
        expect(Math.abs(daysLeft - ahead / 86_400_000)).toBeLessThan(2.1)
      }),
    )
  })
})

describe('an amount in words', () => {
  it.each([
    ['18.00', 'USD', 'en', '$18.00'],
    ['18', 'USD', 'en', '$18.00'],
    ['0.10', 'USD', 'en', '$0.10'],
    ['0.0005', 'USD', 'en', '$0.0005'],
    ['0.1050', 'USD', 'en', '$0.105'],
    ['1200', 'JPY', 'en', '¥1,200'],
    ['1.5', 'KWD', 'en', 'KWD\u00a01.500'],
    ['18.00', 'EUR', 'de', '18,00\u00a0€'],
    // Where US$ would be the only Latin letters, and where $ means another dollar.
    ['18.00', 'USD', 'ko', '$18.00'],
    ['18.00', 'USD', 'zh-Hans', '$18.00'],
    ['18.00', 'USD', 'uk', '18,00\u00a0$'],
    ['18.00', 'USD', 'ar-EG', '\u200f١٨٫٠٠\u00a0$'],
    ['18.00', 'USD', 'zh-SG', 'US$18.00'],
    ['18.00', 'CAD', 'ko', 'CA$18.00'],
    ['18.00', 'USD', 'id', 'US$18,00'],
    ['1200', 'credits', 'en', '1,200 credits'],
    ['1200.50', 'credits', 'de', '1.200,5 credits'],
    ['0', 'credits', 'en', '0 credits'],
    // Beyond what a float can hold.
    ['9007199254740993', 'credits', 'en', '9,007,199,254,740,993 credits'],
    ['123456789012345678901234567890.01', 'USD', 'en', '$123,456,789,012,345,678,901,234,567,890.01'],
    [`0.${'0'.repeat(59)}1`, 'credits', 'en', `0.${'0'.repeat(59)}1 credits`],
    // As a float column of a view would be printed.
    ['1.5e-7', 'USD', 'en', '$0.00000015'],
    ['1e3', 'credits', 'en', '1,000 credits'],
    // No ISO 4217 code.
    ['3', 'usd', 'en', '3 usd'],
    ['3', 'GB', 'en', '3 GB'],
  ])('%s %s in %s is %s', (amount, unit, locale, words) => {
    expect(formatAmount(amount, unit, locale)).toBe(words)
  })

  it.each([
    ['1', 'credits', '1 credit'],
    ['1.00', 'credits', '1 credit'],
    ['1.5', 'credits', '1.5 credits'],
    ['2', 'credit', '2 credits'],
    ['11', 'credit', '11 credits'],
    ['0.1', 'credit', '0.1 credits'],
    ['1', 'GPU-hours', '1 GPU-hour'],
    ['40', 'API call', '40 API calls'],
    ['1', 'bonus', '1 bonus'],
    ['2', 'storage', '2 storage'],
    ['2', 'accredit', '2 accredit'],
    ['2', 'Credits $1', '2 Credits $1'],
  ])('%s of %s: %s', (amount, unit, words) => {
    expect(formatAmount(amount, unit, 'en')).toBe(words)
  })

  it('loses no digit', () => {
    const digits = fc.stringMatching(/^(0|[1-9]\d{0,29})(\.\d{1,30})?$/)
    fc.assert(
      fc.property(digits, fc.constantFrom('credits', 'USD', 'JPY', 'KWD'), (amount, unit) => {
        const shown = formatAmount(amount, unit, 'en').replace(/[^\d.]/g, '')
        const bare = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text)
        expect(bare(shown)).toBe(bare(amount))
      }),
    )
  })
})
