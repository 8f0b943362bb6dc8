import { describe, expect, it } from 'vitest'
import { usedUpInTime } from '../../src/domain/forecast.ts'
import { momentAt } from '../../src/domain/reach.ts'
import { at, someAccount, someRules } from './builders.ts'
import { ending, forecastOf, holding, NOW } from './purses.ts'

/** 28 in 28 days: one a day. */
const ONE_A_DAY = { USD: '28.00' }

describe('what becomes of credits at the present pace', () => {
  it('is used for as long as they last, and the rest is lost', () => {
    expect(forecastOf(holding([ending('a', 7, '18.00')], ONE_A_DAY))).toEqual([
      { unit: 'USD', used: '7', lost: '11', perDay: '2.57142858' },
    ])
  })

  it('goes by the time to the millisecond, and is cut off, never rounded up to more use', () => {
    expect(forecastOf(holding([ending('a', 1.5, '18.00')], { USD: '1.00' }))).toEqual([
      { unit: 'USD', used: '0.05357142', lost: '17.94642858', perDay: '12' },
    ])
  })

  it.each([
    ['nothing is used', { USD: '0' }, { used: '0', lost: '18' }],
    ['more came back than was used', { USD: '-5.00' }, { used: '0', lost: '18' }],
    ['everything is used many times over', { USD: '1e12' }, { used: '18', lost: '0' }],
    ['it is used to the last cent at the last moment', { USD: '72' }, { used: '18', lost: '0' }],
    ['a thousandth is left', { USD: '71.996' }, { used: '17.999', lost: '0.001' }],
  ])('where %s', (_case, usage, expected) => {
    expect(forecastOf(holding([ending('a', 7, '18.00')], usage))).toMatchObject([expected])
  })

  it('is not foretold of a unit whose usage is not known', () => {
    const [money, credits] = [ending('a', 7, '18.00'), ending('b', 7, '70', { unit: 'credits' })]
    const file = holding([money, credits], { credits: '28' })
    expect(forecastOf(file, ['a', 'b'])).toEqual([{ unit: 'credits', used: '7', lost: '63', perDay: '10' }])
    expect(forecastOf(holding([money], {}))).toEqual([])
    expect(forecastOf({ ...file, holdings: undefined })).toEqual([])
  })

  it('is foretold by unit, in the order asked for', () => {
    const file = holding([ending('a', 7, '18'), ending('b', 7, '70', { unit: 'credits' })], { USD: '28', credits: '0' })
    expect(forecastOf(file, ['b', 'a']).map(({ unit }) => unit)).toEqual(['credits', 'USD'])
  })

  it('is not foretold of what is no longer there', () => {
    const gone = ending('a', 7, '18', { voidedAt: at('2026-05-01T00:00:00Z') })
    expect(forecastOf(holding([gone], ONE_A_DAY))).toEqual([])
    expect(forecastOf(holding([ending('a', 7, '0')], ONE_A_DAY))).toEqual([])
    expect(forecastOf(holding([ending('a', -1, '18')], ONE_A_DAY))).toEqual([])
  })

  it('holds for amounts of any size', () => {
    const tiny = holding([ending('a', 7, '0.000001')], { USD: '0.000001' })
    expect(forecastOf(tiny)).toEqual([
      { unit: 'USD', used: '0.00000025', lost: '0.00000075', perDay: '0.000000142858' },
    ])
    const huge = holding([ending('a', 7, '1000000000000.000001')], { USD: '4' })
    expect(forecastOf(huge)).toMatchObject([{ used: '1', lost: '999999999999.000001' }])
  })
})

describe('the order in which credits are spent', () => {
  const others = {
    'an earlier expiry': ending('z', 3, '2'),
    'a lower priority, whatever its expiry': ending('z', 300, '2', { priority: -1 }),
    'an earlier grant': ending('z', 7, '2', { grantedAt: at('2025-05-31T00:00:00Z') }),
    'an id before it': ending('0', 7, '2'),
  }
  it.each(Object.entries(others))('puts first what has %s', (_case, other) => {
    expect(forecastOf(holding([ending('a', 7, '18'), other], ONE_A_DAY))).toMatchObject([{ used: '5', lost: '13' }])
  })

  it('puts never last among equals, and after that what has a later expiry', () => {
    const file = holding([ending('a', 7, '18'), ending('0', 1000, '100'), ending('1', 8, '5')], ONE_A_DAY)
    expect(forecastOf(file)).toMatchObject([{ used: '7', lost: '11' }])
    // Its turn comes when the first one is gone, for a day.
    expect(forecastOf(file, ['1'])).toMatchObject([{ used: '1', lost: '4' }])
  })

  it('spends what never expires before it, where its priority says so', () => {
    const file = holding([ending('a', 7, '18'), ending('b', 1000, '4', { priority: -1 })], ONE_A_DAY)
    expect(forecastOf(file)).toMatchObject([{ used: '3', lost: '15' }])
  })

  it('leaves nothing for what comes last, and says why', () => {
    const file = holding([ending('a', 7, '18'), ending('b', 1000, '400', { priority: -1 })], ONE_A_DAY)
    expect(forecastOf(file)).toMatchObject([{ used: '0', lost: '18', othersFirst: true }])
    const idle = holding([ending('a', 7, '18')], { USD: '0' })
    expect(forecastOf(idle)[0]).not.toHaveProperty('othersFirst')
  })

  it('leaves out what expires before its turn, and goes on with the next', () => {
    const file = holding([ending('a', 7, '18'), ending('b', 2, '100', { priority: -1 })], ONE_A_DAY)
    expect(forecastOf(file)).toMatchObject([{ used: '5', lost: '13' }])
  })

  it('spends what begins on the way from then on', () => {
    const effectiveAt = new Date(NOW.getTime() + 4 * 86_400_000)
    const file = holding([ending('a', 7, '18'), ending('b', 30, '2', { priority: -1, effectiveAt })], ONE_A_DAY)
    expect(forecastOf(file)).toMatchObject([{ used: '5', lost: '13' }])
  })

  it('ends what is to be voided when it is', () => {
    const voidedAt = new Date(NOW.getTime() + 2 * 86_400_000)
    expect(forecastOf(holding([ending('a', 7, '18', { voidedAt })], ONE_A_DAY))).toMatchObject([{ used: '2' }])
  })

  it('follows the expiry that the policy gives, by the calendar of the account', () => {
    const other = ending('b', 0, '2', { expiresAt: null, grantedAt: at('2025-05-26T18:00:00Z') })
    const file = {
      ...holding([ending('a', 7, '18'), other], ONE_A_DAY),
      account: someAccount({ timeZone: 'Asia/Tokyo' }),
    }
    expect(forecastOf(file, ['b'])).toMatchObject([{ used: '1.25', lost: '0.75' }])
  })
})

describe('how much a day would use it all', () => {
  it('takes in what has to be spent before it', () => {
    const file = holding([ending('a', 10, '18'), ending('b', 20, '12', { priority: -1 })], { USD: '0' })
    expect(forecastOf(file)).toMatchObject([{ perDay: '3' }])
  })

  it('is enough for each of the mail’s grants, and not only for all of them together', () => {
    const file = holding([ending('a', 2, '18'), ending('b', 20, '2')], { USD: '0' })
    expect(forecastOf(file, ['a', 'b'])).toMatchObject([{ perDay: '9' }])
  })

  it('does not count what expires unspent before it', () => {
    const file = holding([ending('a', 10, '8'), ending('b', 2, '1000', { priority: -1 })], { USD: '0' })
    // 8 days are left once the other is gone.
    expect(forecastOf(file)).toMatchObject([{ perDay: '1' }])
  })

  it('is told to the last day, and not within it', () => {
    expect(forecastOf(holding([ending('a', 1, '18')], ONE_A_DAY))).toMatchObject([{ perDay: '18' }])
    const almost = ending('a', 1, '18', { expiresAt: new Date(NOW.getTime() + 86_400_000 - 1) })
    expect(forecastOf(holding([almost], ONE_A_DAY))).toMatchObject([{ perDay: null }])
    const instantly = ending('a', 1, '18', { expiresAt: new Date(NOW.getTime() + 1) })
    expect(forecastOf(holding([instantly], ONE_A_DAY))).toEqual([
      { unit: 'USD', used: '0.00000001', lost: '17.99999999', perDay: null },
    ])
  })
})

describe('the grants that will be used up in time', () => {
  it('are those of which nothing is left at their expiry', () => {
    const file = holding([ending('a', 7, '7'), ending('b', 9, '1'), ending('c', 10, '3')], ONE_A_DAY)
    const looked = { ...file, grants: file.holdings?.grants ?? [] }
    expect([...usedUpInTime(looked, momentAt(someRules(), NOW))]).toEqual(['a', 'b'])
  })

  it('are none where nothing expires', () => {
    const file = holding([ending('a', 1000, '7')], ONE_A_DAY)
    expect(usedUpInTime(file, momentAt(someRules(), NOW)).size).toBe(0)
    expect(usedUpInTime({ ...file, grants: [], holdings: undefined }, momentAt(someRules(), NOW)).size).toBe(0)
  })

  it('are none where usage is not known', () => {
    expect(usedUpInTime(holding([ending('a', 7, '0.01')], {}), momentAt(someRules(), NOW)).size).toBe(0)
  })
})
