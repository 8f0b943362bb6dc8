import { describe, expect, it } from 'vitest'
import { deadlineOf } from '../../src/domain/deadline.ts'
import { parseIsoDuration } from '../../src/domain/duration.ts'
import { at, someRules } from './builders.ts'

describe('a mail is pointless', () => {
  const lines = ['2026-06-03T12:00:00Z', '2026-06-05T12:00:00Z', '2026-06-04T12:00:00Z'].map((instant) => ({
    expiresAt: at(instant),
  }))
  const deadlineAt = (category: 'warning' | 'expired', now: string, expiredWithin = 'P7D') =>
    deadlineOf(category, lines, {
      rules: someRules({ expiredWithin: parseIsoDuration(expiredWithin) }),
      now: at(now),
    }).toISOString()

  it.each([
    ['from the latest expiry on, if it warns', 'warning', '2026-06-01T09:00:00Z', 'P7D', '2026-06-05T12:00:00.000Z'],
    ['so even if it warns at the last moment', 'warning', '2026-06-03T11:59:00Z', 'P7D', '2026-06-05T12:00:00.000Z'],
    ['once the latest expiry is no news', 'expired', '2026-06-06T09:00:00Z', 'P7D', '2026-06-12T12:00:00.000Z'],
    ['by the calendar of UTC', 'expired', '2026-06-06T09:00:00Z', 'P1M', '2026-07-05T12:00:00.000Z'],
    [
      'a day after it was planned, at the earliest',
      'expired',
      '2026-06-12T11:00:00Z',
      'P7D',
      '2026-06-13T11:00:00.000Z',
    ],
    ['not later than that where a day is left', 'expired', '2026-06-11T12:00:00Z', 'P7D', '2026-06-12T12:00:00.000Z'],
  ] as const)('%s', (_, category, now, expiredWithin, expected) => {
    expect(deadlineAt(category, now, expiredWithin)).toBe(expected)
  })
})
