import { describe, expect, it } from 'vitest'
import { deadlineOf } from '../../src/domain/deadline.ts'
import { parseIsoDuration } from '../../src/domain/duration.ts'
import { at, someRules } from './builders.ts'

describe('a mail is pointless', () => {
  const lines = ['2026-06-03T12:00:00Z', '2026-06-05T12:00:00Z', '2026-06-04T12:00:00Z'].map((instant) => ({
    expiresAt: at(instant),
  }))
  it.each([
    ['from the latest expiry on, if it warns', 'warning', '2026-06-01T09:00:00Z', '2026-06-05T12:00:00Z'],
    ['so even if it warns at the last moment', 'warning', '2026-06-03T11:59:00Z', '2026-06-05T12:00:00Z'],
    ['once the latest expiry is no news', 'expired', '2026-06-06T09:00:00Z', '2026-06-12T12:00:00Z'],
    ['a day after it was planned, at the earliest', 'expired', '2026-06-12T11:00:00Z', '2026-06-13T11:00:00Z'],
    ['not later than that where a day is left', 'expired', '2026-06-11T12:00:00Z', '2026-06-12T12:00:00Z'],
  ] as const)('%s', (_, category, now, expected) => {
    const rules = someRules({ expiredWithin: parseIsoDuration('P7D') })
    expect(deadlineOf(category, lines, { rules, now: at(now) })).toEqual(at(expected))
  })

  it('by the calendar of UTC, whatever the zone of the rules', () => {
    const rules = someRules({ timeZone: 'Pacific/Kiritimati', expiredWithin: parseIsoDuration('P1M') })
    const expiresAt = at('2026-06-30T12:00:00Z')
    expect(deadlineOf('expired', [{ expiresAt }], { rules, now: expiresAt })).toEqual(at('2026-07-30T12:00:00Z'))
  })
})
