import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { parseIsoDuration } from '../../src/domain/duration.ts'
import { expiryOf } from '../../src/domain/grant.ts'
import { rungDueAt } from '../../src/domain/ladder.ts'
import { type GrantedWindow, grantedWindows, isWithinReach, momentAt } from '../../src/domain/reach.ts'
import { instantAt } from '../../src/domain/zone.ts'
import { WORLDS_TIMEOUT_MS } from './arbitraries.ts'
import { at, policy, someGrant, someRules } from './builders.ts'

vi.setConfig({ testTimeout: WORLDS_TIMEOUT_MS })

const SEED = 20_261_125
const HOUR_MS = 3_600_000

const zone = fc.constantFrom(
  ...['UTC', 'Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Europe/Berlin', 'America/New_York', 'America/St_Johns'],
  ...['Asia/Kathmandu', 'Pacific/Chatham', 'Pacific/Apia', 'Australia/Lord_Howe', 'Antarctica/Troll', 'Africa/Cairo'],
)
const sendAt = fc.constantFrom(
  'anytime' as const,
  { hour: 0, minute: 0 },
  { hour: 9, minute: 0 },
  { hour: 23, minute: 59 },
)
/** A local time on a day of six years, or the millisecond before it; month ends more often, for there calendars are crooked. */
const localTime = fc.record({
  date: fc.oneof(
    fc.record({ year: fc.constant(2023), month: fc.constant(1), day: fc.integer({ min: 1, max: 6 * 365 }) }),
    fc.record({
      year: fc.constant(2023),
      month: fc.integer({ min: 1, max: 72 }),
      day: fc.integer({ min: -2, max: 2 }),
    }),
  ),
  time: fc.constantFrom({ hour: 0, minute: 0 }, { hour: 9, minute: 0 }, { hour: 23, minute: 59 }),
  lessMs: fc.constantFrom(0, 1),
})
/** Where somebody is, and an instant that is special there. */
const place = fc.tuple(zone, localTime).map(([zone, { date, time, lessMs }]) => ({
  zone,
  instant: new Date(instantAt(date, time, zone).getTime() - lessMs),
}))

describe('the reach of a sweep', () => {
  const rung = fc.constantFrom(
    ...['PT1H', 'PT12H', 'P1D', 'P1DT12H', 'P1W', 'P7D', 'P60D', 'P1M', 'P1MT12H', 'P1M30D', 'P2M15D', 'P11M20D'],
    ...['P13M369D', 'P18M', 'P1Y', 'P1Y6M15D'],
  )

  it('holds every grant of which a rung falls due', () => {
    fc.assert(
      fc.property(rung, sendAt, place, (stage, sendAt, { zone: timeZone, instant: expiresAt }) => {
        const rules = someRules({ sendAt, policies: { purchased: policy([stage]) } })
        const dueAt = rungDueAt({ stage, before: parseIsoDuration(stage) }, expiresAt, { sendAt, timeZone })
        expect(isWithinReach(expiresAt, momentAt(rules, dueAt))).toBe(true)
      }),
      { numRuns: 4000, seed: SEED },
    )
  })

  it('holds one whose zone has put its clocks back for good since the rung was due (Almaty on 1 March 2024)', () => {
    const expiresAt = at('2024-03-01T18:59:59.999Z')
    const [sendAt, timeZone] = [{ hour: 0, minute: 0 }, 'Asia/Almaty']
    const dueAt = rungDueAt({ stage: 'P1Y', before: parseIsoDuration('P1Y') }, expiresAt, { sendAt, timeZone })
    expect(dueAt).toEqual(at('2023-02-28T18:00:00Z'))
    const rules = someRules({ sendAt, policies: { purchased: policy(['P1Y']) } })
    expect(isWithinReach(expiresAt, momentAt(rules, dueAt))).toBe(true)
  })

  it('begins with the oldest expiry that is still news, and takes it in', () => {
    const moment = momentAt(someRules({ expiredWithin: parseIsoDuration('P7D') }), at('2026-06-08T12:00:00Z'))
    expect(isWithinReach(at('2026-06-01T12:00:00Z'), moment)).toBe(true)
    expect(isWithinReach(at('2026-06-01T11:59:59.999Z'), moment)).toBe(false)
  })

  it('ends where the widest rung of any policy ends, and takes that in', () => {
    const rules = someRules({ policies: { purchased: policy(['P10D']), gift: policy(['P90D']) } })
    const moment = momentAt(rules, at('2026-06-01T12:00:00Z'))
    const { to } = moment.reach
    expect(to.getTime()).toBeGreaterThanOrEqual(at('2026-08-30T12:00:00Z').getTime())
    // Not much farther, for what lies there is read in vain.
    expect(to.getTime()).toBeLessThanOrEqual(at('2026-09-02T12:00:00Z').getTime())
    expect([isWithinReach(to, moment), isWithinReach(new Date(to.getTime() + 1), moment)]).toEqual([true, false])
  })

  it('looks as far as the default policy where no other one looks farther', () => {
    const rules = someRules({ policies: { gift: policy(['P1D']) }, defaultPolicy: policy(['P90D']) })
    const { reach } = momentAt(rules, at('2026-06-01T12:00:00Z'))
    expect(reach.to.getTime()).toBeGreaterThanOrEqual(at('2026-08-30T12:00:00Z').getTime())
  })

  it('ends now where there is no rung at all', () => {
    const now = at('2026-06-01T12:00:00Z')
    const rules = someRules({ policies: {}, defaultPolicy: policy([]) })
    expect(momentAt(rules, now).reach).toEqual({ from: at('2026-05-25T12:00:00Z'), to: now })
  })
})

describe('the windows in which grants without an expiry of their own are looked for', () => {
  const validity = fc.constantFrom(
    ...['PT12H', 'P1D', 'P2W', 'P90D', 'P1M', 'P1M30D', 'P1M90D', 'P1M1DT12H', 'P6M', 'P11M29D', 'P13M45D'],
    ...['P13M369D', 'P18M', 'P1Y', 'P1Y6M15D', 'P3Y11M20D'],
  )
  const ladder = fc.constantFrom(['P1D'], ['P30D', 'P7D'], ['P1M'], [])
  const holds = ({ from, to }: GrantedWindow, instant: Date) => from <= instant && instant <= to

  it('hold every grant whose expiry is within reach', () => {
    let within = 0
    fc.assert(
      fc.property(
        validity,
        ladder,
        place,
        fc.integer({ min: -40, max: 40 }),
        (validity, warnBefore, { zone, instant: grantedAt }, hours) => {
          const rules = someRules({ policies: { purchased: policy(warnBefore, { validity }) } })
          const grant = someGrant({ grantedAt, expiresAt: null })
          const expiresAt = expiryOf(grant, rules, zone) as Date
          // Near both ends of the reach.
          const { reach } = momentAt(rules, expiresAt)
          const ends = [reach.from, reach.to].map((end) => 2 * expiresAt.getTime() - end.getTime() + hours * HOUR_MS)
          for (const nowMs of ends) {
            const moment = momentAt(rules, new Date(nowMs))
            if (!isWithinReach(expiresAt, moment)) continue
            within += 1
            const [window] = grantedWindows(moment)
            expect(window !== undefined && holds(window, grantedAt)).toBe(true)
          }
        },
      ),
      { numRuns: 4000, seed: SEED },
    )
    // Else hardly any of the grants was worth looking for.
    expect(within).toBeGreaterThan(3300)
  })

  it('are one for each kind whose policy has a validity, and one for all the other kinds', () => {
    const named = { purchased: policy([], { validity: 'P1Y' }), gift: policy([]) }
    const kindsIn = (more: Parameters<typeof someRules>[0]) =>
      grantedWindows(momentAt(someRules({ policies: named, ...more }), at('2026-06-01T12:00:00Z'))).map(
        ({ kinds }) => kinds,
      )
    expect(kindsIn({})).toEqual([{ only: ['purchased'] }])
    expect(kindsIn({ defaultPolicy: policy([], { validity: 'P1M' }) })).toEqual([
      { only: ['purchased'] },
      { except: ['purchased', 'gift'] },
    ])
  })

  it('are not much wider than the reach', () => {
    const rules = someRules({ policies: { purchased: policy(['P1D'], { validity: 'P1Y' }) } })
    const [window] = grantedWindows(momentAt(rules, at('2026-06-08T12:00:00Z')))
    expect(window && holds(window, at('2025-05-20T12:00:00Z'))).toBe(false)
    expect(window && holds(window, at('2025-07-20T12:00:00Z'))).toBe(false)
  })
})
