import { describe, expect, test } from 'vitest'
import { slotAt } from '../../src/domain/slot.ts'

const at = (time: string) => new Date(`2026-11-24T${time}Z`)
const TICK = at('09:00:00')

describe('the slot of a tick', () => {
  test.each([
    ['on a host that is right', '09:00:00.020', '09:00:00.020', 0],
    ['on one that is a little behind', '09:00:00.020', '09:00:05', 0],
    ['on one that is a little ahead, which waits', '09:00:00.020', '08:59:59.520', 480],
    ['on one that is nearly a minute ahead, which waits', '09:00:00', '08:59:01', 59_000],
    ['on one that slept', '11:30:00', '11:30:00', 0],
    ['on one that was busy, and is a little ahead', '09:00:10', '09:00:02', 0],
  ])('%s, is that of the schedule', (_host, hostNow, now, waitMs) => {
    expect(slotAt(TICK, { hostNow: at(hostNow), now: at(now) })).toEqual({
      name: '2026-11-24T09:00:00Z',
      waitMs,
      astrayByMs: null,
    })
  })

  test.each([
    ['a day ahead', '2026-11-23T09:00:00.300Z', '2026-11-23T09:00:00Z', 86_399_700],
    ['a day behind', '2026-11-25T09:00:00.300Z', '2026-11-25T09:00:00Z', -86_400_300],
    ['two minutes ahead', '2026-11-24T08:58:00Z', '2026-11-24T08:58:00Z', 120_000],
  ])('on a host that is %s, is what time it really is, and is had at once', (_host, now, name, astrayByMs) => {
    expect(slotAt(TICK, { hostNow: TICK, now: new Date(now) })).toEqual({
      name: name.replace('.300', ''),
      waitMs: 0,
      astrayByMs,
    })
  })

  test('on a host that is a day ahead and slept, is the slot that it slept through, by the right clock', () => {
    const slot = slotAt(TICK, { hostNow: at('11:30:00'), now: new Date('2026-11-23T11:30:00Z') })
    expect(slot.name).toBe('2026-11-23T09:00:00Z')
  })
})
