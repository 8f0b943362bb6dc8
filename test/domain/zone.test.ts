import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { parseIsoDuration } from '../../src/domain/duration.ts'
import {
  addInZone,
  daysBetween,
  instantAt,
  isTimeZone,
  type LocalDate,
  localDateOf,
  subtractFromDate,
  subtractInZone,
} from '../../src/domain/zone.ts'
import { WORLDS_TIMEOUT_MS } from './arbitraries.ts'
import { at } from './builders.ts'
import { wallClockMs } from './wall-clock.ts'

vi.setConfig({ testTimeout: WORLDS_TIMEOUT_MS })

const HOUR_MS = 3_600_000

const partsOf = (duration: string) => parseIsoDuration(duration).parts
const dateOf = (text: string): LocalDate => {
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number)
  return { year, month, day }
}
const timeOf = (text: string) => ({ hour: Number(text.slice(0, 2)), minute: Number(text.slice(3)) })

describe('the instant of a local time', () => {
  it.each([
    // Spring: what the clocks skip is moved past the gap; either side of it stays.
    ['Europe/Berlin', '2026-03-29', '01:59', '2026-03-29T00:59:00.000Z'],
    ['Europe/Berlin', '2026-03-29', '02:00', '2026-03-29T01:00:00.000Z'],
    ['Europe/Berlin', '2026-03-29', '02:30', '2026-03-29T01:30:00.000Z'],
    ['Europe/Berlin', '2026-03-29', '03:00', '2026-03-29T01:00:00.000Z'],
    ['America/New_York', '2026-03-08', '02:30', '2026-03-08T07:30:00.000Z'],
    ['America/St_Johns', '2026-03-08', '02:30', '2026-03-08T06:00:00.000Z'],
    ['Pacific/Auckland', '2026-09-27', '02:30', '2026-09-26T14:30:00.000Z'],
    ['Pacific/Chatham', '2026-09-27', '03:00', '2026-09-26T14:15:00.000Z'],
    // By half an hour, by two hours, and by a whole day.
    ['Australia/Lord_Howe', '2026-10-04', '02:15', '2026-10-03T15:45:00.000Z'],
    ['Antarctica/Troll', '2026-03-29', '02:00', '2026-03-29T02:00:00.000Z'],
    ['Pacific/Apia', '2011-12-30', '09:00', '2011-12-30T19:00:00.000Z'],
    ['Pacific/Apia', '2011-12-29', '09:00', '2011-12-29T19:00:00.000Z'],
    ['Pacific/Apia', '2011-12-31', '09:00', '2011-12-30T19:00:00.000Z'],
    // Autumn: of what occurs twice, the first; either side of it stays.
    ['Europe/Berlin', '2026-10-25', '01:59', '2026-10-24T23:59:00.000Z'],
    ['Europe/Berlin', '2026-10-25', '02:00', '2026-10-25T00:00:00.000Z'],
    ['Europe/Berlin', '2026-10-25', '02:30', '2026-10-25T00:30:00.000Z'],
    ['Europe/Berlin', '2026-10-25', '03:00', '2026-10-25T02:00:00.000Z'],
    ['America/New_York', '2026-11-01', '01:30', '2026-11-01T05:30:00.000Z'],
    ['America/St_Johns', '2026-11-01', '01:30', '2026-11-01T04:00:00.000Z'],
    ['Pacific/Auckland', '2026-04-05', '02:30', '2026-04-04T13:30:00.000Z'],
    ['Pacific/Chatham', '2026-04-05', '03:00', '2026-04-04T13:15:00.000Z'],
    ['Australia/Lord_Howe', '2026-04-05', '01:45', '2026-04-04T14:45:00.000Z'],
    ['Antarctica/Troll', '2026-10-25', '01:30', '2026-10-24T23:30:00.000Z'],
    // No clock change at all, and a year that JavaScript would take for another century's.
    ['Asia/Kathmandu', '2026-06-01', '09:00', '2026-06-01T03:15:00.000Z'],
    ['UTC', '0008-02-29', '09:00', '0008-02-29T09:00:00.000Z'],
  ])('in %s on %s at %s is %s', (zone, date, time, expected) => {
    expect(instantAt(dateOf(date), timeOf(time), zone).toISOString()).toBe(expected)
  })

  it('may be given on a day past the month, as a calendar counts on', () => {
    expect(instantAt({ year: 2026, month: 12, day: 32 }, timeOf('09:00'), 'UTC')).toEqual(at('2027-01-01T09:00:00Z'))
  })
})

describe('an instant plus a duration', () => {
  it.each([
    // The local time stays over a clock change: a day of 23 or 25 hours. Hours are hours.
    ['2026-03-28T12:00:00Z', 'P1D', 'Europe/Berlin', '2026-03-29T11:00:00.000Z'],
    ['2026-03-28T12:00:00Z', 'PT24H', 'Europe/Berlin', '2026-03-29T12:00:00.000Z'],
    ['2026-10-25T01:30:00Z', 'PT1H', 'Europe/Berlin', '2026-10-25T02:30:00.000Z'],
    ['2026-10-24T12:00:00Z', 'P1W', 'Europe/Berlin', '2026-10-31T13:00:00.000Z'],
    ['2026-02-08T07:30:00Z', 'P1M', 'America/New_York', '2026-03-08T07:30:00.000Z'],
    ['2026-03-05T14:30:00Z', 'P1M', 'Australia/Lord_Howe', '2026-04-05T15:00:00.000Z'],
    ['2026-09-27T12:00:00Z', 'P1M', 'Antarctica/Troll', '2026-10-27T14:00:00.000Z'],
    ['2026-01-01T00:00:00Z', 'P6M', 'Asia/Kathmandu', '2026-07-01T00:00:00.000Z'],
    // Into a gap: past it. The hours of the duration count from there.
    ['2026-03-28T01:30:00Z', 'P1D', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    ['2026-03-28T01:30:00Z', 'P1DT1H', 'Europe/Berlin', '2026-03-29T02:30:00.000Z'],
    ['2026-03-28T01:30:00Z', 'P2D', 'Europe/Berlin', '2026-03-30T00:30:00.000Z'],
    ['2026-08-26T14:30:00Z', 'P1M', 'Pacific/Auckland', '2026-09-26T14:30:00.000Z'],
    ['2026-08-26T14:15:00Z', 'P1M', 'Pacific/Chatham', '2026-09-26T14:15:00.000Z'],
    ['2026-09-03T15:45:00Z', 'P1M', 'Australia/Lord_Howe', '2026-10-03T15:45:00.000Z'],
    ['2026-03-28T01:30:00Z', 'P1D', 'Antarctica/Troll', '2026-03-29T01:30:00.000Z'],
    ['2011-12-29T20:00:00Z', 'P1D', 'Pacific/Apia', '2011-12-30T20:00:00.000Z'],
    ['2011-12-29T20:00:00Z', 'P2D', 'Pacific/Apia', '2011-12-30T20:00:00.000Z'],
    ['2011-12-29T20:00:00Z', 'P1M', 'Pacific/Apia', '2012-01-28T20:00:00.000Z'],
    // Into an hour that occurs twice: the first of the two, from either of them.
    ['2026-10-24T00:30:00Z', 'P1D', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
    ['2025-10-25T00:30:00Z', 'P1Y', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
    ['2026-10-25T01:30:00Z', 'P1D', 'Europe/Berlin', '2026-10-26T01:30:00.000Z'],
    ['2026-10-01T05:30:00Z', 'P1M', 'America/New_York', '2026-11-01T05:30:00.000Z'],
    ['2026-10-01T04:00:00Z', 'P1M', 'America/St_Johns', '2026-11-01T04:00:00.000Z'],
    ['2026-03-04T13:30:00Z', 'P1M', 'Pacific/Auckland', '2026-04-04T13:30:00.000Z'],
    ['2026-03-04T14:45:00Z', 'P1M', 'Australia/Lord_Howe', '2026-04-04T14:45:00.000Z'],
    // Month ends and leap days are clamped; the days of the duration count from there.
    ['2026-01-31T12:00:00.123Z', 'P1M', 'UTC', '2026-02-28T12:00:00.123Z'],
    ['2024-01-31T12:00:00Z', 'P1M', 'UTC', '2024-02-29T12:00:00.000Z'],
    ['2026-01-31T12:00:00Z', 'P1M1D', 'UTC', '2026-03-01T12:00:00.000Z'],
    ['2024-02-29T12:00:00Z', 'P1Y', 'UTC', '2025-02-28T12:00:00.000Z'],
    ['2024-02-29T12:00:00Z', 'P4Y', 'UTC', '2028-02-29T12:00:00.000Z'],
    ['2025-08-31T12:00:00Z', 'P18M', 'UTC', '2027-02-28T12:00:00.000Z'],
    ['2025-08-31T12:00:00Z', 'P1Y6M', 'UTC', '2027-02-28T12:00:00.000Z'],
    ['2025-12-31T12:00:00Z', 'P2M1WT1H1M1S', 'UTC', '2026-03-07T13:01:01.000Z'],
    // The same instant is the first of a month here, and the last of one there.
    ['2026-01-31T23:30:00Z', 'P1M', 'Pacific/Kiritimati', '2026-02-28T23:30:00.000Z'],
    ['2026-03-01T05:00:00Z', 'P1M', 'Pacific/Pago_Pago', '2026-03-29T05:00:00.000Z'],
    ['2026-03-01T05:00:00Z', 'P1M', 'UTC', '2026-04-01T05:00:00.000Z'],
  ])('%s + %s in %s is %s', (instant, duration, zone, expected) => {
    expect(addInZone(at(instant), partsOf(duration), zone).toISOString()).toBe(expected)
  })
})

describe('an instant less a duration', () => {
  it.each([
    ['2026-03-29T11:00:00Z', 'P1D', 'Europe/Berlin', '2026-03-28T12:00:00.000Z'],
    ['2026-03-29T11:00:00Z', 'PT24H', 'Europe/Berlin', '2026-03-28T11:00:00.000Z'],
    ['2026-03-30T00:30:00Z', 'P1D', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    ['2026-03-30T00:30:00Z', 'P1DT1H', 'Europe/Berlin', '2026-03-29T00:30:00.000Z'],
    ['2026-10-26T01:30:00Z', 'P1D', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
    ['2026-04-08T06:30:00Z', 'P1M', 'America/New_York', '2026-03-08T07:30:00.000Z'],
    ['2026-05-04T15:15:00Z', 'P1M', 'Australia/Lord_Howe', '2026-04-04T14:45:00.000Z'],
    ['2026-10-28T13:15:00Z', 'P1M', 'Pacific/Chatham', '2026-09-28T13:15:00.000Z'],
    ['2012-01-29T20:00:00Z', 'P1M', 'Pacific/Apia', '2011-12-30T20:00:00.000Z'],
    ['2026-03-31T12:00:00Z', 'P1M', 'UTC', '2026-02-28T12:00:00.000Z'],
    ['2024-03-31T12:00:00Z', 'P1M1D', 'UTC', '2024-02-28T12:00:00.000Z'],
    ['2024-02-29T12:00:00Z', 'P1Y', 'UTC', '2023-02-28T12:00:00.000Z'],
    ['2026-01-15T12:00:00Z', 'P1M1W', 'UTC', '2025-12-08T12:00:00.000Z'],
  ])('%s - %s in %s is %s', (instant, duration, zone, expected) => {
    expect(subtractInZone(at(instant), partsOf(duration), zone).toISOString()).toBe(expected)
  })
})

describe('around clock changes', () => {
  const change = fc
    .constantFrom(
      ['Europe/Berlin', '2026-03-29T01:00:00Z'],
      ['Europe/Berlin', '2026-10-25T01:00:00Z'],
      ['America/New_York', '2026-03-08T07:00:00Z'],
      ['America/New_York', '2026-11-01T06:00:00Z'],
      ['America/St_Johns', '2026-03-08T05:30:00Z'],
      ['America/St_Johns', '2026-11-01T04:30:00Z'],
      ['Pacific/Auckland', '2026-04-04T14:00:00Z'],
      ['Pacific/Auckland', '2026-09-26T14:00:00Z'],
      ['Pacific/Chatham', '2026-04-04T14:00:00Z'],
      ['Pacific/Chatham', '2026-09-26T14:00:00Z'],
      ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
      ['Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
      ['Antarctica/Troll', '2026-03-29T01:00:00Z'],
      ['Antarctica/Troll', '2026-10-25T01:00:00Z'],
      ['Pacific/Apia', '2011-12-30T10:00:00Z'],
    )
    .map(([zone = '', instant = '']) => ({ zone, changesAt: at(instant) }))
  const hoursFromIt = fc.integer({ min: -24, max: 24 }).map((quarters) => quarters / 4)
  const duration = fc.record({
    years: fc.integer({ min: 0, max: 3 }),
    months: fc.integer({ min: 0, max: 20 }),
    weeks: fc.integer({ min: 0, max: 5 }),
    days: fc.integer({ min: 1, max: 40 }),
  })

  /** The local time that a calendar says, as if it were UTC: months first, clamped, then days. */
  function calendarSays(
    localMs: number,
    { years, months, weeks, days }: Required<Record<string, number>>,
    sign: 1 | -1,
  ) {
    const date = new Date(localMs)
    const dayOfMonth = date.getUTCDate()
    date.setUTCDate(1)
    date.setUTCMonth(date.getUTCMonth() + sign * (Number(years) * 12 + Number(months)))
    const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
    date.setUTCDate(Math.min(dayOfMonth, lastDay) + sign * (Number(weeks) * 7 + Number(days)))
    return date.getTime()
  }

  /** Every instant at which the zone's clocks show a reading: none in a gap, two where it occurs twice. */
  function instantsShowing(localMs: number, zone: string): readonly number[] {
    const probesMs = Array.from({ length: 13 }, (_, index) => localMs + (index - 6) * 6 * HOUR_MS)
    const offsetsMs = new Set(probesMs.map((probeMs) => wallClockMs(new Date(probeMs), zone) - probeMs))
    const found = [...offsetsMs].map((offsetMs) => localMs - offsetMs)
    return found.filter((ms) => wallClockMs(new Date(ms), zone) === localMs).toSorted((a, b) => a - b)
  }

  it.each([
    { name: 'adding', shift: addInZone, back: subtractInZone, sign: 1 },
    { name: 'subtracting', shift: subtractInZone, back: addInZone, sign: -1 },
  ] as const)(
    '$name comes to the local time that the calendar says, to the first of two, or past the gap',
    ({ shift, back, sign }) => {
      let gaps = 0
      fc.assert(
        fc.property(change, hoursFromIt, duration, ({ zone, changesAt }, hours, duration) => {
          // From about where the duration leads to the clock change.
          const instant = back(new Date(changesAt.getTime() + hours * HOUR_MS), duration, zone)
          const expectedMs = calendarSays(wallClockMs(instant, zone), duration, sign)
          const result = shift(instant, duration, zone)
          const [first] = instantsShowing(expectedMs, zone)
          if (first !== undefined) {
            expect(result.getTime()).toBe(first)
            return
          }
          gaps += 1
          const pastMs = wallClockMs(result, zone) - expectedMs
          expect(pastMs).toBeGreaterThan(0)
          // By the clocks as they were before the gap, it is the expected time.
          const beforeGap = new Date(result.getTime() - pastMs)
          expect(result.getTime() + wallClockMs(beforeGap, zone) - beforeGap.getTime()).toBe(expectedMs)
        }),
        { numRuns: 1000, seed: 20_261_125 },
      )
      expect(gaps).toBeGreaterThan(0)
    },
  )
})

describe('days of the calendar', () => {
  it.each([
    ['2026-06-01T10:00:00Z', 'Pacific/Kiritimati', '2026-06-02'],
    ['2026-06-01T10:59:59Z', 'Pacific/Pago_Pago', '2026-05-31'],
    ['2026-06-01T11:00:00Z', 'Pacific/Pago_Pago', '2026-06-01'],
    ['2026-05-31T18:15:00Z', 'Asia/Kathmandu', '2026-06-01'],
    ['2026-05-31T18:14:59Z', 'Asia/Kathmandu', '2026-05-31'],
    ['2011-12-30T09:59:59Z', 'Pacific/Apia', '2011-12-29'],
    ['2011-12-30T10:00:00Z', 'Pacific/Apia', '2011-12-31'],
  ])('%s in %s is on %s', (instant, zone, expected) => {
    expect(localDateOf(at(instant), zone)).toEqual(dateOf(expected))
  })

  it.each([
    ['2026-05-31', 'P1M', '2026-04-30'],
    ['2026-05-31', 'P1M1D', '2026-04-29'],
    ['2026-03-31', 'P1M', '2026-02-28'],
    ['2024-02-29', 'P1Y', '2023-02-28'],
    ['2026-01-15', 'P13M', '2024-12-15'],
    ['2026-03-01', 'P1W1D', '2026-02-21'],
  ])('%s less %s is %s', (date, duration, expected) => {
    expect(subtractFromDate(dateOf(date), partsOf(duration))).toEqual(dateOf(expected))
  })

  it('are counted whole, backwards too', () => {
    expect(daysBetween(dateOf('2026-02-27'), dateOf('2026-03-01'))).toBe(2)
    expect(daysBetween(dateOf('2026-03-01'), dateOf('2024-03-01'))).toBe(-730)
  })
})

describe('a time zone', () => {
  it.each(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires'])('%s is one', (name) => {
    expect([isTimeZone(name), isTimeZone(name)]).toEqual([true, true])
  })
  it.each(['', '+02:00', '-08:00', '0', 'Mars/Base', 'Europe/Berlin '])('%j is none', (name) => {
    expect([isTimeZone(name), isTimeZone(name)]).toEqual([false, false])
  })
})
