import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { compareDecimals, sumDecimals, toWholeNumber } from '../../src/domain/amount.ts'
import { usedUpInTime } from '../../src/domain/forecast.ts'
import type { CreditGrant } from '../../src/domain/model.ts'
import { momentAt } from '../../src/domain/reach.ts'
import { WORLDS_TIMEOUT_MS } from './arbitraries.ts'
import { someGrant, someRules } from './builders.ts'
import { useHourByHour } from './hour-by-hour.ts'
import { forecastOf, holding, NOW } from './purses.ts'

vi.setConfig({ testTimeout: WORLDS_TIMEOUT_MS })

const HOUR_MS = 3_600_000
const HOURS_A_DAY = 24
const PACE_DAYS = 28
/** The amounts of these worlds have two digits, and forecasts six more. */
const SCALE = 8
/** Long enough for every expiry of these worlds. */
const HOURS = 20 * HOURS_A_DAY

const hoursAhead = (min: number, max: number) =>
  fc.noBias(fc.integer({ min, max })).map((hours) => new Date(NOW.getTime() + hours * HOUR_MS))
/** All with two digits, so that all forecasts have as many. */
const amount = fc.oneof(
  fc.integer({ min: 1, max: 40 }).map((whole) => `${whole}.00`),
  fc.integer({ min: 1, max: 4000 }).map((cents) => (cents / 100).toFixed(2)),
  fc.constantFrom('0.01', '1000.00', '0.00'),
)

const grant = (id: string): fc.Arbitrary<CreditGrant> =>
  fc
    .record({
      remaining: amount,
      // Ties are common.
      priority: fc.constantFrom(0, 0, 0, 1),
      expiresAt: fc.oneof(
        { weight: 6, arbitrary: hoursAhead(-24, HOURS) },
        { weight: 2, arbitrary: fc.constantFrom(100, 200).map((hours) => new Date(NOW.getTime() + hours * HOUR_MS)) },
        { weight: 1, arbitrary: fc.constant('never' as const) },
      ),
      grantedAt: fc.constantFrom(new Date('2026-01-01T00:00:00Z'), new Date('2026-02-01T00:00:00Z')),
      effectiveAt: fc.oneof(
        { weight: 3, arbitrary: fc.constant(null) },
        { weight: 1, arbitrary: hoursAhead(-24, HOURS) },
      ),
      voidedAt: fc.oneof({ weight: 8, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: hoursAhead(-24, HOURS) }),
    })
    .map((values) => someGrant({ ...values, id }))

/** A grant that is looked at, with several days to go, and others beside it. */
const purse = fc.record({
  looked: grant('m').chain((looked) =>
    fc
      .record({ expiresAt: hoursAhead(1, HOURS), remaining: amount.filter((text) => text !== '0.00') })
      .map((values) => ({
        ...looked,
        ...values,
        effectiveAt: null,
        voidedAt: null,
      })),
  ),
  others: fc.tuple(grant('a'), grant('b'), grant('y'), grant('z')),
  used: fc.oneof(amount, fc.constantFrom('-3.00', '0.00', '28.00', '280.50', '100000.00')),
})

/** What the second opinion says was used, in the last digit of a forecast, cut off. */
function usedByHours(grants: readonly CreditGrant[], used: string, ids: readonly string[]): bigint {
  const parts = BigInt(PACE_DAYS * HOURS_A_DAY)
  const amountOf = ({ remaining }: CreditGrant) => toWholeNumber(remaining, SCALE) * parts
  const anHour = toWholeNumber(used, SCALE)
  const usedOf = useHourByHour(grants, { now: NOW, hours: HOURS, anHour, amountOf })
  return ids.reduce((sum, id) => sum + (usedOf.get(id) ?? 0n), 0n) / parts
}

describe('over any purse', () => {
  it('a forecast is what comes of use hour by hour', () => {
    let [partly, wholly] = [0, 0]
    fc.assert(
      fc.property(purse, ({ looked, others, used }) => {
        const grants = [looked, ...others]
        const [forecast] = forecastOf(holding(grants, { USD: used }))
        if (forecast === undefined) throw new Error('nothing was forecast')
        expect(toWholeNumber(forecast.used, SCALE)).toBe(usedByHours(grants, used, ['m']))
        expect(compareDecimals(sumDecimals([forecast.used, forecast.lost]), looked.remaining)).toBe(0)
        expect(compareDecimals(forecast.lost, '0')).toBeGreaterThanOrEqual(0)
        if (forecast.lost === '0') wholly += 1
        else if (forecast.used !== '0') partly += 1
      }),
      { numRuns: 300 },
    )
    // Else the worlds would show nothing.
    expect(partly).toBeGreaterThan(40)
    expect(wholly).toBeGreaterThan(40)
  })

  it('what is used up in time is so hour by hour, each grant by itself', () => {
    fc.assert(
      fc.property(purse, ({ looked, others, used }) => {
        const grants = [looked, ...others]
        const file = { ...holding(grants, { USD: used }), grants }
        const usedUp = usedUpInTime(file, momentAt(someRules(), NOW))
        for (const { id, remaining, expiresAt } of grants) {
          if (expiresAt === 'never' || remaining === '0.00') continue
          const isUsedUp = usedByHours(grants, used, [id]) === toWholeNumber(remaining, SCALE)
          expect([id, usedUp.has(id)]).toEqual([id, isUsedUp])
        }
      }),
      { numRuns: 100 },
    )
  })

  it('so much a day, and nothing less, loses none of two grants', () => {
    let foretold = 0
    fc.assert(
      fc.property(purse, ({ looked, others: [beside, ...others], used }) => {
        const second = { ...beside, effectiveAt: null, voidedAt: null }
        const grants = [looked, second, ...others]
        const isThere = second.expiresAt instanceof Date && second.expiresAt > NOW && second.remaining !== '0.00'
        const ids = isThere ? ['m', 'a'] : ['m']
        const perDay = forecastOf(holding(grants, { USD: used }), ids)[0]?.perDay
        if (perDay == null) return
        foretold += 1
        const losesNone = (whole: bigint) => {
          const amountOf = ({ remaining }: CreditGrant) => toWholeNumber(remaining, SCALE) * BigInt(HOURS_A_DAY)
          const usedOf = useHourByHour(grants, { now: NOW, hours: HOURS, anHour: whole, amountOf })
          return grants.filter(({ id }) => ids.includes(id)).every((each) => usedOf.get(each.id) === amountOf(each))
        }
        const least = toWholeNumber(perDay, SCALE)
        expect([losesNone(least), losesNone(least - 1n)]).toEqual([true, false])
      }),
      { numRuns: 150 },
    )
    expect(foretold).toBeGreaterThan(75)
  })
})
