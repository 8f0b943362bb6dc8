import fc from 'fast-check'
import { expect, test } from 'vitest'
import { slotsOf } from '../../src/jobs/slots.ts'
import { countSlots, timetableOf } from '../../src/jobs/timetable.ts'

const schedules = ['*/15 * * * *', '0 9 * * 1-5', '30 7,19 * * *', '*/20 30 6 * * *', '0 0 L * *', '15 4 29 2 *']
const instant = fc.integer({ min: Date.UTC(2027, 0), max: Date.UTC(2029, 0) }).map((ms) => new Date(ms))
const onTheHour = instant.map((each) => new Date(Math.floor(each.getTime() / 3_600_000) * 3_600_000))
const anyInstant = fc.oneof(instant, onTheHour)

test('the first slot from an instant on is the next one after the millisecond before it', () => {
  fc.assert(
    fc.property(fc.constantFrom(...schedules), anyInstant, (schedule, instant) => {
      const next = slotsOf(schedule)(new Date(instant.getTime() - 1))
      expect(timetableOf(schedule).from(instant)).toEqual(next)
    }),
  )
})

test('no slot lies between the last one before an instant and the instant', () => {
  fc.assert(
    fc.property(fc.constantFrom(...schedules), anyInstant, (schedule, instant) => {
      const { from, before } = timetableOf(schedule)
      const last = before(instant)
      expect(last === null || last < instant).toBe(true)
      if (last === null) return
      expect(from(last)).toEqual(last)
      expect(Number(from(new Date(last.getTime() + 1)))).toBeGreaterThanOrEqual(instant.getTime())
    }),
  )
})

test.each([
  ['*/15 * * * *', '2027-01-01T00:00:00Z', '2027-01-02T00:00:00Z', 96],
  ['*/15 * * * *', '2027-01-01T00:00:00.001Z', '2027-01-02T00:00:00.001Z', 96],
  ['*/15 * * * *', '2027-01-01T00:01:00Z', '2027-01-01T00:14:00Z', 0],
  ['0 9 * * 1-5', '2027-01-01T00:00:00Z', '2028-01-01T00:00:00Z', 261],
  ['0 9 29 2 *', '2027-01-01T00:00:00Z', '2028-02-29T09:00:00Z', 0],
])('%s has from %s to %s, the end left out, so many slots: %i', (schedule, from, to, slots) => {
  expect(countSlots(schedule, { from: new Date(from), to: new Date(to) })).toBe(slots)
})
