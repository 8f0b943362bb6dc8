import { describe, expect, it } from 'vitest'
import { parseInstant, requireAsOfAllowed } from '../../src/cli/as-of.ts'
import { UsageError } from '../../src/errors.ts'

describe('--as-of', () => {
  it.each([
    ['2026-11-24T09:00:00Z', '2026-11-24T09:00:00.000Z'],
    ['2026-11-24T09:00Z', '2026-11-24T09:00:00.000Z'],
    ['2026-11-24T09:00:00.123456789z', '2026-11-24T09:00:00.123Z'],
    ['2026-11-24T09:00+05:30', '2026-11-24T03:30:00.000Z'],
    ['2026-11-24T20:00:00-0500', '2026-11-25T01:00:00.000Z'],
    ['2024-02-29T00:00+14:00', '2024-02-28T10:00:00.000Z'],
    ['1900-01-01T00:00Z', '1900-01-01T00:00:00.000Z'],
    ['9000-12-31T23:59Z', '9000-12-31T23:59:00.000Z'],
  ])('reads %s', (text, instant) => expect(parseInstant(text).toISOString()).toBe(instant))

  it.each([
    '2026-11-24',
    '2026-11-24T09:00',
    '2026-11-24 09:00:00',
    // No calendar has these, so another day is the example.
    '2026-13-01',
    '2026-02-30',
  ])('asks for the zone of %s', (text) => {
    expect(() => parseInstant(text)).toThrow(/^--as-of .* has no zone; .* 2026-11-24T09:00:00Z$/)
  })

  it.each([
    '2026-02-29T09:00Z',
    '2026-13-01T09:00Z',
    '2026-11-31T09:00Z',
    '2026-11-24T24:00Z',
    '2026-11-24T09:60Z',
    '2026-11-24T09:00:60Z',
    '2026-11-24T09:00+14:30',
    '2026-11-24T09:00+05:60',
  ])('refuses %s, which no clock shows', (text) => expect(() => parseInstant(text)).toThrow(/does not exist/))

  it.each(['0001-01-01T00:00Z', '1899-12-31T23:59Z', '9001-01-01T00:00Z', '9999-12-31T23:59:59Z'])(
    'refuses %s, a year that no mail is about',
    (text) => {
      expect(() => parseInstant(text)).toThrow(`--as-of ${text} is not within the years 1900 to 9000`)
    },
  )

  it.each(['', 'now', 'tomorrow', '1700000000', '24.11.2026', '2026-11-24T09:00:00 Europe/Berlin'])(
    'refuses %j',
    (text) => {
      expect(() => parseInstant(text, '--from')).toThrow(UsageError)
      expect(() => parseInstant(text, '--from')).toThrow(/^--from /)
    },
  )

  it('is refused where mails are sent, unless the machine is meant for it', () => {
    expect(() => requireAsOfAllowed(new Date(0), false)).toThrow(/CREDIT_REMINDERS_ALLOW_AS_OF=1/)
    expect(() => requireAsOfAllowed(new Date(0), true)).not.toThrow()
    expect(() => requireAsOfAllowed(undefined, false)).not.toThrow()
  })
})
