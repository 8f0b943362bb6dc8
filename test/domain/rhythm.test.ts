import { describe, expect, it } from 'vitest'
import { parseIsoDuration } from '../../src/domain/duration.ts'
import { pulseOf, sweepExpectedBy } from '../../src/domain/rhythm.ts'

const MS_PER_HOUR = 3_600_000
const limits = { sweepLate: parseIsoDuration('PT10M') }

/** Slots each so many hours from the epoch on. */
const every = (hours: number) => (after: Date) =>
  new Date((Math.floor(after.getTime() / (hours * MS_PER_HOUR)) + 1) * hours * MS_PER_HOUR)
const daily = { nextSlot: every(24), usualSweepMs: 4000 }
const never = { nextSlot: () => null, usualSweepMs: 0 }
const at = (text: string) => new Date(`2026-11-${text}Z`)

describe('the time by which a sweep has to be done', () => {
  it('is some minutes after the next slot', () => {
    expect(sweepExpectedBy(at('25T00:00:04'), daily, limits)).toEqual(at('26T00:10:00'))
    expect(sweepExpectedBy(at('25T00:00:04'), { ...daily, nextSlot: every(1) }, limits)).toEqual(at('25T01:10:00'))
  })

  it('is twice the usual time after the slot, where sweeps take long', () => {
    const slow = { ...daily, usualSweepMs: 20 * 60_000 }
    expect(sweepExpectedBy(at('25T00:20:00'), slow, limits)).toEqual(at('26T00:40:00'))
  })

  it('is never, where the schedule has no slot to come', () =>
    expect(sweepExpectedBy(at('25T00:00:00'), never, limits)).toBeNull())
})

describe('the pulse of a service', () => {
  const known = {
    now: at('25T23:00:00'),
    startedAt: at('20T12:00:00'),
    lastGoodSweep: at('25T00:00:04'),
    isSweeping: false,
  }
  const statusAt = (now: string, more: Partial<typeof known> | { lastGoodSweep: null } = {}) =>
    pulseOf({ ...known, ...more, now: at(now) }, daily, limits).status

  it('is well 23 hours after the last sweep of a schedule of one a day, and stale from ten minutes after the slot on', () => {
    expect(['25T23:00:00', '26T00:09:59', '26T00:10:00', '28T00:00:00'].map((now) => statusAt(now))).toEqual([
      'ok',
      'ok',
      'stale',
      'stale',
    ])
  })

  it('tells when the last sweep was, and when the next has to be', () => {
    expect(pulseOf(known, daily, limits)).toEqual({
      status: 'ok',
      lastGoodSweep: at('25T00:00:04'),
      expectedBy: at('26T00:10:00'),
    })
  })

  it('is measured from the start of the service, where nobody swept before or not for long', () => {
    const restarted = { startedAt: at('28T07:00:00') }
    expect(statusAt('28T07:00:10', restarted)).toBe('ok')
    expect(statusAt('29T00:10:00', restarted)).toBe('stale')
    expect(statusAt('20T13:00:00', { lastGoodSweep: null })).toBe('ok')
    expect(statusAt('21T00:10:00', { lastGoodSweep: null })).toBe('stale')
  })

  it('is well while a late sweep is under way: to restart it would make it later still', () => {
    expect(statusAt('26T03:00:00', { isSweeping: true })).toBe('ok')
  })

  it('is well where no slot is to come', () => expect(pulseOf(known, never, limits).status).toBe('ok'))
})
