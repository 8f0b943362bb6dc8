import { describe, expect, it } from 'vitest'
import { clockLengthMs, isCalendarDuration, nominalLengthMs, parseIsoDuration } from '../../src/domain/duration.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const NOTHING = { years: 0, months: 0, weeks: 0, days: 0, hours: 0, minutes: 0, seconds: 0 }

describe('an ISO 8601 duration', () => {
  it.each([
    ['P1Y2M3W4DT5H6M7S', { years: 1, months: 2, weeks: 3, days: 4, hours: 5, minutes: 6, seconds: 7 }],
    ['P7D', { days: 7 }],
    ['P2W', { weeks: 2 }],
    // Before the T a month, after it a minute.
    ['P90M', { months: 90 }],
    ['PT90M', { minutes: 90 }],
    ['P0D', {}],
  ])('%s is read part by part', (text, parts) => {
    expect(parseIsoDuration(text)).toEqual({ text, parts: { ...NOTHING, ...parts } })
  })

  it.each([
    '',
    'P',
    'PT',
    'P1DT',
    '7D',
    'P-1D',
    '-P1D',
    'P1.5D',
    'P1H',
    'PT1D',
    'P1D1Y',
    'p7d',
    ' P7D',
    'P7D\n',
    'P1D2D',
  ])('%j is none', (text) => {
    expect(() => parseIsoDuration(text)).toThrow(RangeError)
  })
})

describe('the nominal length', () => {
  it.each([
    ['PT1H', HOUR_MS],
    ['PT1H1M1S', HOUR_MS + 61_000],
    ['P1D', DAY_MS],
    ['P1W1D', 8 * DAY_MS],
    // The Gregorian calendar repeats itself every 400 years, which are 146,097 days.
    ['P400Y', 146_097 * DAY_MS],
    ['P4800M', 146_097 * DAY_MS],
  ])('of %s is %d ms', (text, lengthMs) => {
    expect(nominalLengthMs(parseIsoDuration(text))).toBe(lengthMs)
  })

  it('counts hours, minutes and seconds apart', () => {
    expect(clockLengthMs(parseIsoDuration('P1DT1H1M1S'))).toBe(HOUR_MS + 61_000)
  })
})

describe('a duration that can be dated at a time of day', () => {
  it.each([
    ['P1D', true],
    ['P1W', true],
    ['P1M', true],
    ['P1Y', true],
    ['PT24H', false],
    ['P1DT1S', false],
    ['P0D', false],
  ])('%s: %s', (text, expected) => {
    expect(isCalendarDuration(parseIsoDuration(text))).toBe(expected)
  })
})
