import { describe, expect, it } from 'vitest'
import { ALARMS, type AlarmLimits, type Situation, standingAlarms, stoppedDelivery } from '../../src/domain/alarms.ts'
import { parseIsoDuration } from '../../src/domain/duration.ts'

const at = (text: string) => new Date(`2026-11-25T${text}Z`)

const limits: AlarmLimits = {
  sweepLate: parseIsoDuration('PT10M'),
  noticeLate: parseIsoDuration('PT2H'),
  nothingSentFor: parseIsoDuration('P1D'),
  failedMails: 1,
  uncertainMails: 1,
  withheldGrants: 1,
}

const quiet: Situation = {
  now: at('12:00:00'),
  lastGoodSweep: at('11:45:03'),
  sweepExpectedBy: at('12:10:00'),
  heldSweeps: 0,
  examined: 40,
  withheld: 0,
  quietSince: at('09:00:30'),
  oldestDueSince: null,
  failed: 0,
  uncertain: 0,
}

const namesOf = (more: Partial<Situation>, other: Partial<AlarmLimits> = {}) =>
  standingAlarms({ ...quiet, ...more }, { ...limits, ...other }).map(({ name }) => name)

describe('the alarms', () => {
  it('are none where all is well, and none on a fresh installation', () => {
    expect(namesOf({})).toEqual([])
    const fresh = { lastGoodSweep: null, sweepExpectedBy: at('12:15:00'), examined: 0, quietSince: null }
    expect(namesOf(fresh)).toEqual([])
  })

  it('stand in one order, each with what it was found by', () => {
    const worst = {
      sweepExpectedBy: at('11:00:00'),
      heldSweeps: 2,
      withheld: 7,
      quietSince: new Date('2026-11-23T09:00:30Z'),
      oldestDueSince: at('09:59:00'),
      failed: 3,
      uncertain: 1,
    }
    expect(standingAlarms({ ...quiet, ...worst }, limits)).toEqual([
      {
        name: 'sweep-overdue',
        detail: 'a sweep was expected by 2026-11-25T11:00:00.000Z; the last was done at 2026-11-25T11:45:03.000Z',
      },
      { name: 'sweep-held', detail: 'sweeps held: 2' },
      { name: 'notice-overdue', detail: 'a mail waits since 2026-11-25T09:59:00.000Z' },
      {
        name: 'nothing-sent',
        detail: 'no mail was sent since 2026-11-23T09:00:30.000Z; grants within reach: 40',
      },
      { name: 'mails-failed', detail: 'mails failed in 24 hours: 3' },
      { name: 'mails-uncertain', detail: 'mails in doubt: 1' },
      { name: 'grants-withheld', detail: 'grants withheld in the latest sweep: 7' },
    ])
  })

  it('say that a sweep is overdue from the instant on by which it had to be done', () => {
    expect(namesOf({ now: at('12:09:59') })).toEqual([])
    expect(namesOf({ now: at('12:10:00') })).toEqual(['sweep-overdue'])
    expect(namesOf({ now: at('12:10:00'), sweepExpectedBy: null })).toEqual([])
  })

  it('say that a mail is overdue from noticeLate on', () => {
    expect(namesOf({ oldestDueSince: at('10:00:01') })).toEqual([])
    expect(namesOf({ oldestDueSince: at('10:00:00') })).toEqual(['notice-overdue'])
    expect(namesOf({ oldestDueSince: at('10:00:00') }, { noticeLate: null })).toEqual([])
  })

  it('say that nothing is sent, only where there is something within reach', () => {
    const silent = { quietSince: new Date('2026-11-24T12:00:00Z') }
    expect(namesOf(silent)).toEqual(['nothing-sent'])
    expect(namesOf({ quietSince: new Date('2026-11-24T12:00:01Z') })).toEqual([])
    expect(namesOf({ ...silent, examined: 0 })).toEqual([])
    expect(namesOf(silent, { nothingSentFor: null })).toEqual([])
    expect(namesOf(silent, { nothingSentFor: parseIsoDuration('P7D') })).toEqual([])
  })

  it('do not call it silence while the mails of the sweep of the day are about to leave', () => {
    const silent = { quietSince: new Date('2026-11-24T09:00:30Z') }
    expect(namesOf({ ...silent, oldestDueSince: at('11:59:58') })).toEqual([])
    expect(namesOf({ ...silent, oldestDueSince: at('09:00:00') })).toEqual(['notice-overdue', 'nothing-sent'])
  })

  it('count from their limits on, and not where these are null', () => {
    const found = { failed: 4, uncertain: 2, withheld: 9 }
    const at5 = { failedMails: 5, uncertainMails: 3, withheldGrants: 10 }
    expect(namesOf(found, at5)).toEqual([])
    expect(namesOf({ failed: 5, uncertain: 3, withheld: 10 }, at5)).toEqual([
      'mails-failed',
      'mails-uncertain',
      'grants-withheld',
    ])
    expect(namesOf(found, { failedMails: null, uncertainMails: null, withheldGrants: null })).toEqual([])
  })

  it('tell a delivery that is stopped from one that only slows down', () => {
    expect(stoppedDelivery(null)).toBeNull()
    expect(stoppedDelivery({ reason: 'throttled', detail: '454 slow down' })).toBeNull()
    expect(stoppedDelivery({ reason: 'service-refused', detail: '535 no' })).toEqual({
      name: 'delivery-stopped',
      detail: 'service-refused: 535 no',
    })
  })

  it('have words for each name', () => {
    for (const words of Object.values(ALARMS)) expect(words).toMatch(/^[a-z][^.]+$/)
  })
})
