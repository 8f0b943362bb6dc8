import { describe, expect, it } from 'vitest'
import { parseIsoDuration } from '../../src/domain/duration.ts'
import { expiredDueAt, rungDueAt } from '../../src/domain/ladder.ts'
import { at } from './builders.ts'

const rung = (stage: string) => ({ stage, before: parseIsoDuration(stage) })
const NINE = { hour: 9, minute: 0 }
const due = (stage: string, expiresAt: string, timeZone: string, sendAt: 'anytime' | typeof NINE = NINE) =>
  rungDueAt(rung(stage), at(expiresAt), { sendAt, timeZone }).toISOString()

describe('a rung at a time of day', () => {
  it.each([
    ['P7D', '2026-06-08T17:00:00Z', 'UTC', '2026-06-01T09:00:00.000Z'],
    // The same instant is another date in another zone.
    ['P1D', '2026-06-08T17:00:00Z', 'Pacific/Kiritimati', '2026-06-07T19:00:00.000Z'],
    ['P1D', '2026-06-08T17:00:00Z', 'Pacific/Pago_Pago', '2026-06-07T20:00:00.000Z'],
    // Midnight belongs to the day that begins.
    ['P1D', '2026-06-08T00:00:00Z', 'UTC', '2026-06-07T09:00:00.000Z'],
    ['P1D', '2026-06-07T22:00:00Z', 'Europe/Berlin', '2026-06-07T07:00:00.000Z'],
    // Across both clock changes, 09:00 stays 09:00.
    ['P7D', '2026-03-30T10:00:00Z', 'Europe/Berlin', '2026-03-23T08:00:00.000Z'],
    ['P7D', '2026-10-26T10:00:00Z', 'Europe/Berlin', '2026-10-19T07:00:00.000Z'],
    ['P1D', '2026-03-09T10:00:00Z', 'America/New_York', '2026-03-08T13:00:00.000Z'],
    // Calendar months and weeks.
    ['P1M', '2026-03-31T12:00:00Z', 'UTC', '2026-02-28T09:00:00.000Z'],
    ['P1M', '2024-03-31T12:00:00Z', 'UTC', '2024-02-29T09:00:00.000Z'],
    ['P2W', '2026-03-14T12:00:00Z', 'UTC', '2026-02-28T09:00:00.000Z'],
    ['P1Y', '2025-02-28T12:00:00Z', 'UTC', '2024-02-28T09:00:00.000Z'],
    // The day before a leap day, and over the turn of the year.
    ['P1D', '2024-03-01T12:00:00Z', 'UTC', '2024-02-29T09:00:00.000Z'],
    ['P7D', '2026-01-03T12:00:00Z', 'Asia/Kolkata', '2025-12-27T03:30:00.000Z'],
  ])('%s before %s in %s is due at %s', (stage, expiresAt, zone, expected) => {
    expect(due(stage, expiresAt, zone)).toBe(expected)
  })

  it('moves past a time of day that the clocks skip', () => {
    const halfPastTwo = { sendAt: { hour: 2, minute: 30 }, timeZone: 'Europe/Berlin' }
    const spring = rungDueAt(rung('P1D'), at('2026-03-30T10:00:00Z'), halfPastTwo)
    expect(spring.toISOString()).toBe('2026-03-29T01:30:00.000Z')
  })

  it('takes the first of a time of day that occurs twice', () => {
    const halfPastTwo = { sendAt: { hour: 2, minute: 30 }, timeZone: 'Europe/Berlin' }
    const autumn = rungDueAt(rung('P1D'), at('2026-10-26T10:00:00Z'), halfPastTwo)
    expect(autumn.toISOString()).toBe('2026-10-25T00:30:00.000Z')
  })

  it('moves past a day that a zone skipped (Apia had no 30 December 2011)', () => {
    expect(due('P1D', '2011-12-30T20:00:00Z', 'Pacific/Apia')).toBe('2011-12-30T19:00:00.000Z')
  })
})

describe('a rung at any time, or of hours', () => {
  it.each([
    ['P7D', '2026-03-30T10:00:00Z', 'anytime', '2026-03-23T10:00:00.000Z'],
    ['P2W', '2026-04-05T10:00:00Z', 'anytime', '2026-03-22T10:00:00.000Z'],
    ['PT12H', '2026-03-30T10:00:00Z', 'anytime', '2026-03-29T22:00:00.000Z'],
    ['PT12H', '2026-03-30T10:00:00Z', NINE, '2026-03-29T22:00:00.000Z'],
    ['PT90M', '2026-03-30T10:00:00Z', NINE, '2026-03-30T08:30:00.000Z'],
    ['P1M', '2026-03-31T10:00:00Z', 'anytime', '2026-02-28T11:00:00.000Z'],
    ['P1M1W', '2026-03-31T10:00:00Z', 'anytime', '2026-02-21T11:00:00.000Z'],
  ] as const)('%s before %s, sent %s, is due at %s', (stage, expiresAt, sendAt, expected) => {
    expect(due(stage, expiresAt, 'Europe/Berlin', sendAt)).toBe(expected)
  })
})

describe('the final notice', () => {
  it.each([
    ['2026-06-01T08:59:59Z', 'UTC', '2026-06-01T09:00:00.000Z'],
    ['2026-06-01T09:00:00Z', 'UTC', '2026-06-01T09:00:00.000Z'],
    ['2026-06-01T09:00:00.001Z', 'UTC', '2026-06-02T09:00:00.000Z'],
    ['2026-05-31T22:00:00Z', 'Europe/Berlin', '2026-06-01T07:00:00.000Z'],
    ['2026-12-31T23:00:00Z', 'UTC', '2027-01-01T09:00:00.000Z'],
    // 10:00 of the day after UTC's: the next 09:00 is two days after that date.
    ['2026-05-31T20:00:00Z', 'Pacific/Kiritimati', '2026-06-01T19:00:00.000Z'],
  ])('of an expiry at %s in %s is due at the next 09:00 there: %s', (expiresAt, timeZone, expected) => {
    expect(expiredDueAt(at(expiresAt), { sendAt: NINE, timeZone }).toISOString()).toBe(expected)
  })

  it('is due at the expiry itself when mail goes out at any time', () => {
    expect(expiredDueAt(at('2026-06-01T08:59:59Z'), { sendAt: 'anytime', timeZone: 'UTC' })).toEqual(
      at('2026-06-01T08:59:59Z'),
    )
  })
})
