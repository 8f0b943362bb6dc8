import { expect, it } from 'vitest'
import type { SimulatedDay } from '../../src/domain/simulation.ts'
import { daysIn, spansOf } from '../../src/domain/spans.ts'

const day = (name: string, warning: number, expired = 0): SimulatedDay => ({
  day: name,
  emails: warning + expired,
  byCategory: { warning, expired, correction: 0 },
  people: 1,
  accounts: 1,
  grants: 1,
  stakes: [],
})

const period = (from: string, to: string) => ({ from: new Date(from), to: new Date(to) })
const DAYS = [day('2026-11-29', 2), day('2026-11-30', 1, 4), day('2026-12-07', 3)]
const shown = (length: 'day' | 'week' | 'month') =>
  spansOf(DAYS, period('2026-11-28T12:00:00Z', '2026-12-08T00:00:00Z'), length).map(
    ({ start, emails }) => `${start} ${emails}`,
  )

it('counts each day of UTC that a period touches; its end touches none', () => {
  expect(daysIn(period('2026-11-28T12:00:00Z', '2026-11-28T12:00:01Z'))).toBe(1)
  expect(daysIn(period('2026-11-28T00:00:00Z', '2026-11-29T00:00:00Z'))).toBe(1)
  expect(daysIn(period('2026-11-28T23:59:59Z', '2026-11-29T00:00:01Z'))).toBe(2)
})

it('adds mails up by weeks from Monday on, by months, or not at all, and leaves out no time', () => {
  expect(shown('week')).toEqual(['2026-11-23 2', '2026-11-30 5', '2026-12-07 3'])
  expect(shown('month')).toEqual(['2026-11 7', '2026-12 3'])
  expect(shown('day')).toHaveLength(10)
  expect(shown('day').slice(0, 4)).toEqual(['2026-11-28 0', '2026-11-29 2', '2026-11-30 5', '2026-12-01 0'])
})

it('tells sorts of mail apart', () => {
  const [, second] = spansOf(DAYS, period('2026-11-23T00:00:00Z', '2026-12-08T00:00:00Z'), 'week')
  expect(second?.byCategory).toEqual({ warning: 1, expired: 4, correction: 0 })
})
