import fc from 'fast-check'
import { createTask } from 'node-cron'
import { describe, expect, test } from 'vitest'
import { slotsOf } from '../../src/jobs/slots.ts'

const nextOf = (schedule: string, after: string) => slotsOf(schedule)(new Date(after))?.toISOString() ?? null

describe('the next slot of a schedule', () => {
  test.each([
    ['*/15 * * * *', '2026-11-25T09:00:00.000Z', '2026-11-25T09:15:00.000Z'],
    ['*/15 * * * *', '2026-11-25T08:59:59.999Z', '2026-11-25T09:00:00.000Z'],
    ['*/15 * * * *', '2026-12-31T23:45:00.001Z', '2027-01-01T00:00:00.000Z'],
    ['0 9 * * *', '2026-11-25T09:00:07.000Z', '2026-11-26T09:00:00.000Z'],
    ['0 9 * * 1-5', '2026-11-27T09:00:00.000Z', '2026-11-30T09:00:00.000Z'],
    ['0 9 * * mon,fri', '2026-11-25T00:00:00.000Z', '2026-11-27T09:00:00.000Z'],
    ['5,50 0,23 * * *', '2026-11-25T00:50:00.000Z', '2026-11-25T23:05:00.000Z'],
    ['*/20 * * * * *', '2026-11-25T09:00:41.000Z', '2026-11-25T09:01:00.000Z'],
    ['0 0 L * *', '2027-02-01T00:00:00.000Z', '2027-02-28T00:00:00.000Z'],
    ['30 2 31 * *', '2027-01-31T02:30:00.000Z', '2027-03-31T02:30:00.000Z'],
    ['0 0 29 2 *', '2026-11-25T00:00:00.000Z', '2028-02-29T00:00:00.000Z'],
    ['0 0 29 2 *', '2096-02-29T00:00:00.000Z', '2104-02-29T00:00:00.000Z'],
  ])('%s after %s is %s', (schedule, after, slot) => expect(nextOf(schedule, after)).toBe(slot))

  test('that comes more rarely than in eight years is not waited for', () => {
    // A Monday; the next such one is in 2052.
    expect(nextOf('0 0 29 2 mon', '2028-02-29T00:00:00.000Z')).toBeNull()
  })

  test('is found anew for whatever instant is asked for, also an earlier one', () => {
    const next = slotsOf('0 9 * * *')
    const asked = ['2026-11-25T10:00:00Z', '2026-11-26T08:59:00Z', '2026-11-26T09:00:00Z', '2026-11-25T08:00:00Z']
    expect(asked.map((after) => next(new Date(after))?.toISOString().slice(0, 10))).toEqual([
      '2026-11-26',
      '2026-11-26',
      '2026-11-27',
      '2026-11-25',
    ])
  })

  test('is the first minute that the scheduler itself would call, whatever the schedule', () => {
    const field = (lowest: number, highest: number) =>
      fc.oneof(
        fc.constant('*'),
        fc.uniqueArray(fc.integer({ min: lowest, max: highest }), { minLength: 1, maxLength: 3 }).map(String),
      )
    const schedule = fc
      .tuple(field(0, 59), field(0, 23), field(1, 28), fc.constant('*'), field(0, 6))
      .map((fields) => fields.join(' '))
    const minute = fc.integer({ min: Date.UTC(2026, 0) / 60_000, max: Date.UTC(2028, 0) / 60_000 })
    fc.assert(
      fc.property(schedule, minute, (expression, minutes) => {
        const task = createTask(expression, () => {}, { timezone: 'UTC' })
        task.destroy()
        const after = new Date(minutes * 60_000)
        const slot = slotsOf(expression)(after)
        expect(slot !== null && slot > after && task.match(slot)).toBe(true)
        for (let ms = after.getTime() + 60_000; ms < Math.min(Number(slot), after.getTime() + 86_400_000); ms += 60_000)
          expect(task.match(new Date(ms))).toBe(false)
      }),
      { numRuns: 25 },
    )
  })
})
